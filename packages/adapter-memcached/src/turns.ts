/** The place of one write among those of its key. */
export class Turn {
  /** What it went out as: another that goes out as the same may follow at once, and is in order by that. */
  sentAs: string | undefined
  readonly #key: string
  readonly #last: Map<string, Turn>
  #before: Turn | undefined
  #next: Turn | undefined
  #onFirst: (() => void) | undefined
  #isOver = false

  constructor(key: string, last: Map<string, Turn>) {
    this.#key = key
    this.#last = last
    this.#before = last.get(key)
    if (this.#before !== undefined) this.#before.#next = this
    last.set(key, this)
  }

  /** Nothing for the key that was called before it is under way. */
  get isFirst(): boolean {
    return this.#before === undefined
  }

  follows(sentAs: string | undefined): boolean {
    return this.#before === undefined || (sentAs !== undefined && this.#before.sentAs === sentAs)
  }

  /** Settles once it is the first. */
  async first(): Promise<void> {
    if (!this.isFirst) await new Promise<void>((resolve) => (this.#onFirst = resolve))
  }

  end(): void {
    this.#isOver = true
    this.#leave()
  }

  /** One that is over before those ahead of it keeps its place until they are. */
  #leave(): void {
    if (!this.#isOver || !this.isFirst) return
    if (this.#last.get(this.#key) === this) this.#last.delete(this.#key)
    const next = this.#next
    this.#next = undefined
    if (next === undefined) return
    next.#before = undefined
    next.#onFirst?.()
    next.#leave()
  }
}

/** Keeps the writes of each key in the order in which they were called. */
export class Turns {
  readonly #last = new Map<string, Turn>()

  take(key: string): Turn {
    return new Turn(key, this.#last)
  }
}
