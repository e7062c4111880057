import type { Load, Version } from '../contract.js'

/** One load as stores and layers see it, from its first read to its last write. */
export class LoadState implements Load {
  readonly begun: Version
  readonly tags: readonly string[] | undefined
  #ends: (() => void)[] | undefined = []
  #voided = false

  constructor(begun: Version, tags: readonly string[] | undefined) {
    this.begun = begun
    this.tags = tags
  }

  get voided(): boolean {
    return this.#voided
  }

  void(): void {
    this.#voided = true
  }

  onEnd(run: () => void): void {
    if (this.#ends === undefined) run()
    else this.#ends.push(run)
  }

  end(): void {
    const ends = this.#ends ?? []
    this.#ends = undefined
    for (const run of ends) run()
  }
}
