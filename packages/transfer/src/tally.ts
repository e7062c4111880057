import type { Counts } from './checkpoint.js'

/** Counts under way. */
export class Tally {
  #counts: Counts

  constructor(counts: Counts) {
    this.#counts = counts
  }

  get counts(): Counts {
    return this.#counts
  }

  add(more: Partial<Counts>): void {
    const { seen, copied, same, newer, leftOut, damaged, bytes } = this.#counts
    this.#counts = {
      seen: seen + (more.seen ?? 0),
      copied: copied + (more.copied ?? 0),
      same: same + (more.same ?? 0),
      newer: newer + (more.newer ?? 0),
      leftOut: leftOut + (more.leftOut ?? 0),
      damaged: damaged + (more.damaged ?? 0),
      bytes: bytes + (more.bytes ?? 0),
    }
  }
}
