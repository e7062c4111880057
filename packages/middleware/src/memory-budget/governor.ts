/** How tight memory is: 0 where there is room, 3 where there is next to none. */
export type PressureLevel = 0 | 1 | 2 | 3

export interface GovernorSettings {
  /** Shares of the limit from which on each level holds, in rising order. */
  readonly thresholds: readonly [number, number, number]
  /** How far below its threshold the pressure has to fall for a level to end. */
  readonly hysteresis: number
  /** After this long a level that lasts is acted on again. */
  readonly settleMs: number
}

/** What is to be done: let go of a share of all entries, make room for more again, or nothing. */
export type Action = { readonly type: 'shrink'; readonly share: number } | { readonly type: 'grow' } | undefined

/** What each level lets go of. */
const SHARES = [0, 0.1, 0.25, 0.5] as const

const LEVELS = [1, 2, 3] as const

/**
 * Decides by readings alone. What is used includes garbage, and what was let go of is collected some time later: so after
 * each act it waits for a higher level, for a reading that fell (something was collected) or for its time to settle.
 */
export class Governor {
  readonly #settings: GovernorSettings
  #level: PressureLevel = 0
  #actedAt = -Infinity
  #lastPressure = 0
  #hasFallen = false

  constructor(settings: GovernorSettings) {
    this.#settings = settings
  }

  get level(): PressureLevel {
    return this.#level
  }

  judge(pressure: number, now: number): Action {
    const before = this.#level
    this.#level = this.#next(pressure)
    if (pressure < this.#lastPressure) this.#hasFallen = true
    this.#lastPressure = pressure
    const reached = this.#reached(pressure)
    const isSettled = now - this.#actedAt >= this.#settings.settleMs
    if (this.#level === 0 ? !isSettled : reached === 0 || !(isSettled || this.#hasFallen || this.#level > before)) {
      return undefined
    }
    this.#actedAt = now
    this.#hasFallen = false
    return this.#level === 0 ? { type: 'grow' } : { type: 'shrink', share: SHARES[reached] }
  }

  /** The highest level whose threshold is reached, whatever holds. */
  #reached(pressure: number): PressureLevel {
    return LEVELS.findLast((level) => pressure >= this.#thresholdOf(level)) ?? 0
  }

  /** Up as soon as a threshold is reached; down only where the pressure is well below it. */
  #next(pressure: number): PressureLevel {
    let level: PressureLevel = 0
    for (const other of LEVELS) {
      const threshold = this.#thresholdOf(other)
      const least = other <= this.#level ? threshold - this.#settings.hysteresis : threshold
      if (pressure >= least) level = other
    }
    return level
  }

  #thresholdOf(level: 1 | 2 | 3): number {
    return this.#settings.thresholds[level - 1] ?? 1
  }
}
