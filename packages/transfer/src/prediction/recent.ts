/** What was written last, so many at most: the oldest makes room. */
export class Recent<T> {
  readonly #capacity: number
  readonly #items = new Map<string, T>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#items.size
  }

  get(key: string): T | undefined {
    return this.#items.get(key)
  }

  set(key: string, item: T): void {
    this.#items.delete(key)
    this.#items.set(key, item)
    if (this.#items.size <= this.#capacity) return
    const oldest = this.#items.keys().next()
    if (oldest.done !== true) this.#items.delete(oldest.value)
  }
}
