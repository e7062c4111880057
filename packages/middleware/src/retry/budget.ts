/**
 * A bucket of tokens: each call brings a share of one, each repeat takes a whole one. So of any number of calls no more
 * than that share is repeated, beside what had been saved up.
 */
export class Budget {
  #tokens: number

  constructor(burst: number) {
    this.#tokens = burst
  }

  get tokens(): number {
    return this.#tokens
  }

  earn(share: number, burst: number): void {
    this.#tokens = Math.min(burst, this.#tokens + share)
  }

  /** Whether there was one to take. */
  spend(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
