/**
 * Keeps the order of writes to a key. One that may take several questions holds the key until it is done; one that is
 * a single question goes out at once, behind all that went out before it.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  take<T>(keys: readonly string[], isOneQuestion: boolean, work: () => Promise<T>): Promise<T> {
    const before = this.#last.size === 0 ? [] : keys.flatMap((key) => this.#last.get(key) ?? [])
    if (isOneQuestion && before.length === 0) return work()
    const turn = before.length === 0 ? work() : Promise.allSettled(before).then(work)
    for (const key of keys) this.#last.set(key, turn)
    const leave = (): void => {
      for (const key of keys) if (this.#last.get(key) === turn) this.#last.delete(key)
    }
    turn.then(leave, leave)
    return turn
  }
}
