/** How many places each hash may have. */
const WAYS = 4

/** Fuller than this, too many are forgotten early. */
const MOST_FULL = 0.75

/**
 * Remembers by their hashes who left last: so many of them, the oldest forgotten first. Each hash has four places; where
 * those are all taken by younger ones, an older one is forgotten before its time.
 */
export class Ghosts {
  #hashes = new Uint32Array(WAYS)
  /** When each came, counted in arrivals; 0 where nobody is. */
  #stamps = new Uint32Array(WAYS)
  #arrivals = 0

  /** Keeps `limit` at most. */
  add(hash: number, limit: number): void {
    if (limit > this.#hashes.length * MOST_FULL) this.#grow(limit)
    this.#arrivals += 1
    if (this.#arrivals > 0xffffffff) this.#forgetAll()
    this.#place(hash, this.#arrivals)
  }

  /** Whether it is among the last `limit`; then it is no more. */
  take(hash: number, limit: number): boolean {
    const from = this.#from(hash)
    for (let at = from; at < from + WAYS; at += 1) {
      const stamp = this.#stamps[at] ?? 0
      if (stamp === 0 || this.#hashes[at] !== hash) continue
      this.#stamps[at] = 0
      return this.#arrivals - stamp < limit
    }
    return false
  }

  #place(hash: number, stamp: number): void {
    const from = this.#from(hash)
    let oldest = from
    for (let at = from; at < from + WAYS; at += 1) {
      if (this.#hashes[at] === hash) {
        oldest = at
        break
      }
      if ((this.#stamps[at] ?? 0) < (this.#stamps[oldest] ?? 0)) oldest = at
    }
    if (stamp < (this.#stamps[oldest] ?? 0)) return
    this.#hashes[oldest] = hash
    this.#stamps[oldest] = stamp
  }

  #from(hash: number): number {
    return (hash & (this.#hashes.length / WAYS - 1)) * WAYS
  }

  #grow(limit: number): void {
    const [hashes, stamps] = [this.#hashes, this.#stamps]
    const size = Math.max(WAYS, 2 ** Math.ceil(Math.log2(limit / MOST_FULL)))
    this.#hashes = new Uint32Array(size)
    this.#stamps = new Uint32Array(size)
    for (const [at, stamp] of stamps.entries()) if (stamp > 0) this.#place(hashes[at] ?? 0, stamp)
  }

  /** After four thousand million arrivals they are counted from the beginning. */
  #forgetAll(): void {
    this.#stamps.fill(0)
    this.#arrivals = 1
  }
}
