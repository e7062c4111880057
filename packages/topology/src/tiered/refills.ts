/** Reads on their way down, so that what comes up again too late is not kept: it may be older than what came since. */
export class Refills {
  readonly #byKey = new Map<string, Set<Refill>>()

  begin(keys: readonly string[]): Refill {
    const refill = new Refill(keys)
    for (const key of keys) {
      const others = this.#byKey.get(key)
      if (others === undefined) this.#byKey.set(key, new Set([refill]))
      else others.add(refill)
    }
    return refill
  }

  end(refill: Refill): void {
    for (const key of refill.keys) {
      const others = this.#byKey.get(key)
      others?.delete(refill)
      if (others?.size === 0) this.#byKey.delete(key)
    }
  }

  /** The keys have been changed, or will be. */
  outdate(keys: Iterable<string>): void {
    if (this.#byKey.size === 0) return
    for (const key of keys) for (const refill of this.#byKey.get(key) ?? []) refill.isLate = true
  }

  outdateAll(prefix: string): void {
    for (const [key, refills] of this.#byKey) {
      if (key.startsWith(prefix)) for (const refill of refills) refill.isLate = true
    }
  }
}

export class Refill {
  readonly keys: readonly string[]
  isLate = false

  constructor(keys: readonly string[]) {
    this.keys = keys
  }
}
