import { type Awaitable, CacheError, type Call, type Clock, type Timer, toCacheError } from '@cachette/core'
import { Deadlines, restated } from '@cachette/core/adapter'
import type { Budget } from './budget.js'
import type { RetrySettings } from './options.js'

/** When and how often a call is made again: pauses, deadlines, the budget. */
export class Persistence {
  readonly #clock: Clock
  readonly #budget: Budget
  readonly #settings: () => RetrySettings
  readonly #deadlines: Deadlines

  constructor(clock: Clock, budget: Budget, settings: () => RetrySettings) {
    this.#clock = clock
    this.#budget = budget
    this.#settings = settings
    this.#deadlines = new Deadlines(clock)
  }

  /** A new call brings its share to the budget. Gives the call as the first attempt sees it. */
  begin(call: Call): Call {
    const { budget, burst } = this.#settings()
    this.#budget.earn(budget, burst)
    return this.attempt(call)
  }

  /** The call as one attempt sees it. */
  attempt(call: Call): Call {
    const { attemptMs } = this.#settings()
    if (attemptMs === Infinity) return call
    return { ...call, deadline: Math.min(call.deadline, this.#clock.now() + attemptMs) }
  }

  /** Asks again until there is an answer, or no point in asking. A doubt about one attempt stays with the call. */
  async persist<T>(call: Call, failure: CacheError, again: () => Awaitable<T>): Promise<T> {
    if (!mayPass(failure)) throw failure
    let last = failure
    let { outcome } = failure
    for (let made = 1; ; made += 1) {
      const pauseMs = this.#pauseMs(call, made)
      if (pauseMs === undefined) throw exhausted(last, made, outcome)
      await this.#pause(pauseMs, call, outcome)
      try {
        return await again()
      } catch (error) {
        last = toCacheError(error)
        if (last.outcome === 'unknown') outcome = 'unknown'
        if (!mayPass(last)) throw outcome === last.outcome ? last : restated(last, { outcome })
      }
    }
  }

  /** Until the next attempt, which is paid for; nothing where there is to be none. */
  #pauseMs({ deadline }: Call, made: number): number | undefined {
    const { attempts, baseMs, maxMs, random } = this.#settings()
    if (made >= attempts) return undefined
    const pauseMs = random() * Math.min(maxMs, baseMs * 2 ** (made - 1))
    if (this.#clock.now() + pauseMs >= deadline || !this.#budget.spend()) return undefined
    return pauseMs
  }

  /** Ends early, as a failure, where the caller aborts. */
  #pause(pauseMs: number, call: Call, outcome: 'none' | 'unknown'): Promise<void> {
    let timer: Timer | undefined
    const pause = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(pauseMs, resolve)
    })
    return this.#deadlines.race(pause, call, (code) => {
      timer?.cancel()
      return new CacheError(code, 'the call ended before it was made again', { source: 'retry', outcome })
    })
  }
}

/** Whether it is worth trying again at all. */
export function mayPass(error: CacheError): boolean {
  return error.retry === 'yes'
}

/** The same failure, and that of each key, as one that has been seen to. */
function exhausted(error: CacheError, attempts: number, outcome: CacheError['outcome']): CacheError {
  const outcomes = error.outcomes?.map((one) =>
    'error' in one && mayPass(one.error)
      ? { key: one.key, error: exhausted(one.error, attempts, one.error.outcome) }
      : one,
  )
  return restated(error, { retry: 'exhausted', outcome, outcomes, details: { ...error.details, attempts } })
}
