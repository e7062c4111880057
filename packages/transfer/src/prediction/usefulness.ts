export interface UsefulnessSettings {
  readonly threshold: number
  readonly window: number
  readonly withinMs: number
  readonly pauseMs: number
}

/** How much the predictions have been good for. */
export interface Usefulness {
  /** Whether it loads ahead now; if not, it learns on, and tries again later. */
  readonly on: boolean
  /** Values that were loaded ahead, or were to be. */
  readonly predicted: number
  /** Of those, that were asked for in time, and were there. */
  readonly hit: number
  /** Of those, that were not. The rest is not decided yet. */
  readonly missed: number
  /** The share of hits among those that were decided lately; `undefined` before any was. */
  readonly ratio: number | undefined
  /** How often it has switched itself off. */
  readonly pauses: number
}

/** So many predictions at most are waited for; the oldest gives way, as one that was in vain. */
const MOST_OPEN = 10_000

/** Judges predictions by what becomes of them, and says whether there should be more. */
export class Judge {
  readonly #settings: UsefulnessSettings
  /** Until when each may prove useful, the oldest first. */
  readonly #open = new Map<string, number>()
  #recent = { hit: 0, decided: 0 }
  #counts = { predicted: 0, hit: 0, missed: 0, pauses: 0 }
  #pausedUntil: number | undefined

  constructor(settings: UsefulnessSettings) {
    this.#settings = settings
  }

  usefulness(now: number): Usefulness {
    const { hit, decided } = this.#recent
    const on = this.#pausedUntil === undefined || now >= this.#pausedUntil
    return { on, ...this.#counts, ratio: decided === 0 ? undefined : hit / decided }
  }

  isOn(now: number): boolean {
    this.#giveUp(now)
    if (this.#pausedUntil === undefined) return true
    if (now < this.#pausedUntil) return false
    this.#pausedUntil = undefined
    this.#recent = { hit: 0, decided: 0 }
    return true
  }

  predicted(key: string, now: number): void {
    // One that is predicted anew before it was asked for was loaded in vain.
    if (this.#open.has(key)) this.#decide(key, false, now)
    this.#counts.predicted += 1
    this.#open.set(key, now + this.#settings.withinMs)
    if (this.#open.size <= MOST_OPEN) return
    const oldest = this.#open.keys().next()
    if (oldest.done !== true) this.#decide(oldest.value, false, now)
  }

  /** A key was asked for, and was there or not. */
  asked(key: string, wasThere: boolean, now: number): void {
    this.#giveUp(now)
    if (this.#open.has(key)) this.#decide(key, wasThere, now)
  }

  #giveUp(now: number): void {
    for (const [key, until] of this.#open) {
      if (now < until) return
      this.#decide(key, false, now)
    }
  }

  #decide(key: string, isHit: boolean, now: number): void {
    this.#open.delete(key)
    this.#counts[isHit ? 'hit' : 'missed'] += 1
    // It shows by what it was switched off, until it tries again.
    if (this.#pausedUntil !== undefined) return
    const { hit, decided } = this.#recent
    this.#recent = { hit: hit + (isHit ? 1 : 0), decided: decided + 1 }
    const { window, threshold, pauseMs } = this.#settings
    if (this.#recent.decided < window) return
    const isUseful = this.#recent.hit / this.#recent.decided >= threshold
    if (isUseful) {
      // Half of it is remembered, so that the latest counts most.
      this.#recent = { hit: this.#recent.hit / 2, decided: this.#recent.decided / 2 }
      return
    }
    this.#counts.pauses += 1
    this.#pausedUntil = now + pauseMs
  }
}
