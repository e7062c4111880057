/** A unit this large is made 1 again, long before doubles end. */
const MAX_UNIT = 1e100

/** Counts of several, in which what is long ago counts for little: half after each half-life, in requests. */
export class Fading {
  readonly #counts: Float64Array
  /** What one hit counts now; it grows, so that nothing that was counted has to shrink. */
  #unit = 1
  #growth = 2

  constructor(several: number) {
    this.#counts = new Float64Array(several)
  }

  /** Rates stay as they were. */
  setHalfLife(requests: number): void {
    const growth = 2 ** (1 / requests)
    this.#scale((this.#growth - 1) / (growth - 1))
    this.#growth = growth
  }

  /** Another request. */
  next(): void {
    this.#unit *= this.#growth
    if (this.#unit < MAX_UNIT) return
    this.#scale(1 / this.#unit)
    this.#unit = 1
  }

  credit(one: number): void {
    this.#counts[one] = (this.#counts[one] ?? 0) + this.#unit
  }

  /** From now on this one counts as much as that one. */
  level(one: number, other: number): void {
    this.#counts[one] = this.#counts[other] ?? 0
  }

  /** By which share of all requests, had there been a steady stream of them, one has more hits than the other. */
  lead(one: number, other: number): number {
    const all = this.#unit / (this.#growth - 1)
    return ((this.#counts[one] ?? 0) - (this.#counts[other] ?? 0)) / all
  }

  /** The first of the first `several` that has most. */
  best(several: number): number {
    let best = 0
    for (let one = 1; one < several; one += 1) if ((this.#counts[one] ?? 0) > (this.#counts[best] ?? 0)) best = one
    return best
  }

  #scale(by: number): void {
    for (let one = 0; one < this.#counts.length; one += 1) this.#counts[one] = (this.#counts[one] ?? 0) * by
  }
}
