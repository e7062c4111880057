import type { Version } from '@cachette/core'

/** The version of each slot, in arrays: some millions of them are no work for the garbage collector. */
export class VersionList {
  #times = new Float64Array(0)
  #writers = new Float64Array(0)
  #counts = new Uint16Array(0)

  set(slot: number, { time, count, writer }: Version): void {
    if (slot >= this.#times.length) this.#grow(slot + 1)
    this.#times[slot] = time
    this.#counts[slot] = count
    this.#writers[slot] = writer
  }

  get(slot: number): Version {
    return {
      time: this.#times[slot] ?? 0,
      count: this.#counts[slot] ?? 0,
      writer: this.#writers[slot] ?? 0,
    }
  }

  /** Whether it is the slot's own. */
  matches(slot: number, { time, count, writer }: Version): boolean {
    return this.#times[slot] === time && this.#counts[slot] === count && this.#writers[slot] === writer
  }

  #grow(slots: number): void {
    const room = Math.max(64, slots, Math.ceil(this.#times.length * 1.5))
    const [times, writers, counts] = [this.#times, this.#writers, this.#counts]
    this.#times = new Float64Array(room)
    this.#writers = new Float64Array(room)
    this.#counts = new Uint16Array(room)
    this.#times.set(times)
    this.#writers.set(writers)
    this.#counts.set(counts)
  }
}
