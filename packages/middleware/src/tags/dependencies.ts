/** Which tags depend on which: what is written with one is also bound to those that it depends on, and so on. */
export class Dependencies {
  readonly #on = new Map<string, readonly string[]>()

  set(name: string, on: readonly string[]): void {
    if (on.length === 0) this.#on.delete(name)
    else this.#on.set(name, [...on])
  }

  /** The names and all that they depend on, each once; circles do no harm. */
  closure(names: Iterable<string>): Set<string> {
    const all = new Set(names)
    if (this.#on.size > 0) for (const name of all) for (const other of this.#on.get(name) ?? []) all.add(other)
    return all
  }
}
