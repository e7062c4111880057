/** What the last calls came to. */
export interface Tally {
  readonly calls: number
  readonly failed: number
  readonly slow: number
}

/** The calls that a breaker goes by: the last so many, or those of the last so many milliseconds. */
export interface Window {
  add(failed: boolean, slow: boolean, now: number): void
  tally(now: number): Tally
}

const FAILED = 1
const SLOW = 2

export class CountWindow implements Window {
  readonly #marks: Uint8Array
  #at = 0
  #calls = 0
  #failed = 0
  #slow = 0

  constructor(calls: number) {
    this.#marks = new Uint8Array(calls)
  }

  add(failed: boolean, slow: boolean): void {
    const leaving = this.#marks[this.#at] ?? 0
    const mark = (failed ? FAILED : 0) | (slow ? SLOW : 0)
    this.#failed += (mark & FAILED) - (leaving & FAILED)
    this.#slow += ((mark & SLOW) - (leaving & SLOW)) / SLOW
    this.#marks[this.#at] = mark
    this.#at = this.#at + 1 === this.#marks.length ? 0 : this.#at + 1
    if (this.#calls < this.#marks.length) this.#calls += 1
  }

  tally(): Tally {
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow }
  }
}

/** In how many slices a window of time moves on: memory stays the same, whatever comes in. */
export const SLICES = 10

interface Slice {
  index: number
  calls: number
  failed: number
  slow: number
}

/** It covers the slice of now and those before it, so a call counts for nine to ten tenths of the time. */
export class TimeWindow implements Window {
  readonly #sliceMs: number
  readonly #slices: readonly Slice[] = Array.from({ length: SLICES }, () => ({
    index: Number.NEGATIVE_INFINITY,
    calls: 0,
    failed: 0,
    slow: 0,
  }))

  constructor(ms: number) {
    this.#sliceMs = ms / SLICES
  }

  add(failed: boolean, slow: boolean, now: number): void {
    const index = Math.floor(now / this.#sliceMs)
    const slice = this.#slices[index % SLICES]
    if (slice === undefined) return
    if (slice.index !== index) Object.assign(slice, { index, calls: 0, failed: 0, slow: 0 })
    slice.calls += 1
    if (failed) slice.failed += 1
    if (slow) slice.slow += 1
  }

  tally(now: number): Tally {
    const last = Math.floor(now / this.#sliceMs)
    const tally = { calls: 0, failed: 0, slow: 0 }
    for (const { index, calls, failed, slow } of this.#slices) {
      if (index > last || index <= last - SLICES) continue
      tally.calls += calls
      tally.failed += failed
      tally.slow += slow
    }
    return tally
  }
}
