import { type Clock, systemClock } from '../clock.js'

/** So many reads share a reading of the clock, where nothing waits between them. */
const READS = 8

/**
 * The time of a stretch of code that waits for nothing. Asking the system for it costs as much as the rest of a read
 * from memory, so reads without promises share an answer: eight of them at most, and none after the stretch has ended.
 * A clock that is handed in is asked each time.
 */
export class StretchClock {
  readonly #clock: Clock
  readonly #shares: boolean
  #now = 0
  #left = 0
  #ending = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#shares = clock === systemClock
  }

  now(): number {
    if (this.#left > 0) {
      this.#left -= 1
      return this.#now
    }
    return this.#read()
  }

  #read(): number {
    if (!this.#shares) return this.#clock.now()
    this.#now = this.#clock.now()
    this.#left = READS - 1
    if (!this.#ending) {
      this.#ending = true
      queueMicrotask(() => {
        this.#ending = false
        this.#left = 0
      })
    }
    return this.#now
  }
}
