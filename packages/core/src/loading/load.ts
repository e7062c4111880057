import type { Load, Version } from '../contract.js'

/** One load as stores and layers see it, from its first read to its last write. */
export class LoadState implements Load {
  readonly begun: Version
  readonly #ends: (() => void)[] = []
  #voided = false

  constructor(begun: Version) {
    this.begun = begun
  }

  get voided(): boolean {
    return this.#voided
  }

  void(): void {
    this.#voided = true
  }

  onEnd(run: () => void): void {
    this.#ends.push(run)
  }

  end(): void {
    for (const run of this.#ends.splice(0)) run()
  }
}
