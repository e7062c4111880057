/** Work that nobody awaits: its failures are told, and `close()` waits for it. */
export class Background {
  readonly #work = new Set<Promise<unknown>>()
  readonly #onFailure: (error: unknown) => void

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  add(work: Promise<unknown>): void {
    const done = work.catch(this.#onFailure).finally(() => this.#work.delete(done))
    this.#work.add(done)
  }

  /** Settles when nothing is left, what was added meanwhile included. */
  async drained(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work)
  }
}
