import type { ManualClock, Timer } from '@cachette/core'

/** Who moves a clock by fifty years does not want every sweep of those years: after so many, the rest is slept through. */
const MAX_TIMERS = 1_000

interface Waiting {
  readonly at: number
  readonly run: () => void
}

/** Stands still until it is moved. A long move runs what falls due as on a machine that slept: late, and once. */
export class TrialClock implements ManualClock {
  readonly #waiting = new Set<Waiting>()
  readonly #onMove: (byMs: number) => void
  #now: number

  constructor(startAt: number, onMove: (byMs: number) => void) {
    this.#now = startAt
    this.#onMove = onMove
  }

  now(): number {
    return this.#now
  }

  setTimer(delayMs: number, run: () => void): Timer {
    const timer = { at: this.#now + Math.max(delayMs, 0), run }
    this.#waiting.add(timer)
    return { cancel: () => void this.#waiting.delete(timer) }
  }

  advance(byMs: number): void {
    this.#onMove(byMs)
    const end = this.#now + byMs
    for (let count = 0; count < MAX_TIMERS; count += 1) if (!this.#runNext(end)) break
    this.#now = end
    const late = [...this.#waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
    for (const timer of late) if (this.#waiting.has(timer)) this.#run(timer)
  }

  runNext(): boolean {
    return this.#runNext(Infinity)
  }

  get pending(): number {
    return this.#waiting.size
  }

  #runNext(before: number): boolean {
    let soonest: Waiting | undefined
    for (const timer of this.#waiting) if (soonest === undefined || timer.at < soonest.at) soonest = timer
    if (soonest === undefined || soonest.at > before) return false
    this.#run(soonest)
    return true
  }

  #run(timer: Waiting): void {
    this.#waiting.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
  }
}
