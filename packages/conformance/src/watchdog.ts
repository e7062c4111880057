import { type Clock, systemClock } from '@cachette/core'

export interface WatchdogOptions {
  /** How long a trial may take before its store counts as hung. */
  readonly patienceMs: number
  readonly clock?: Clock | undefined
}

/** A store that hung once is likely to hang again: later trials get this part of the patience. */
const LESS_PATIENCE = 0.05

/** Notices what no law can wait for: calls that never settle, and rejections that nobody hears. */
export class Watchdog {
  readonly #clock: Clock
  readonly #strays: unknown[] = []
  readonly #listen = (error: unknown): void => void this.#strays.push(error)
  #patienceMs: number
  #hangs = 0

  constructor(options: WatchdogOptions) {
    this.#clock = options.clock ?? systemClock
    this.#patienceMs = options.patienceMs
  }

  /** How often it has run out of patience. */
  get hangs(): number {
    return this.#hangs
  }

  start(): void {
    process.on('unhandledRejection', this.#listen)
  }

  stop(): void {
    process.off('unhandledRejection', this.#listen)
  }

  /** The oldest rejection that nobody has heard since it was asked last. */
  async stray(): Promise<unknown> {
    // Node tells of them after the microtasks, before the next task.
    await new Promise((resolve) => setImmediate(resolve))
    return this.#strays.splice(0)[0]
  }

  /** The work, or what `hung` says if it takes too long. */
  async guard<T>(work: () => Promise<T>, hung: () => Error): Promise<T> {
    let bark: () => void = () => undefined
    const late = new Promise<never>((_, reject) => {
      bark = () => reject(hung())
    })
    const timer = this.#clock.setTimer(this.#patienceMs, () => {
      this.#hangs += 1
      if (this.#hangs === 1) this.#patienceMs *= LESS_PATIENCE
      bark()
    })
    try {
      return await Promise.race([work(), late])
    } finally {
      timer.cancel()
    }
  }
}
