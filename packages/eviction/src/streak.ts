/** After so many hits in a row for each entry, there is room enough, and the next hits tell little: */
const LONG = 2
/** one of so many will do. */
const ONE_OF = 8

/** Says which hits are worth counting, so that a cache that always hits pays next to nothing for learning. */
export class Streak {
  #hits = 0

  /** Whether this hit is, of a cache that holds so many. */
  hit(entries: number): boolean {
    this.#hits += 1
    return this.#hits <= LONG * entries || this.#hits % ONE_OF === 0
  }

  miss(): void {
    this.#hits = 0
  }
}
