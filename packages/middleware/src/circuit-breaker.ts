/**
 * Leaves a failing store alone until it is well again: too many failures, or slow answers, open the breaker, and what
 * comes then is turned away at once with `REJECTED`. After a while one call at a time may try again.
 *
 * Place: inside `retry`, so that it sees each attempt: around it, it would learn of an outage three times as late.
 * Outside `bulkhead`, in whose queue it would let calls wait. Outside `failOpen` it would see misses and never open;
 * that is refused.
 * Cost: a mark in a ring for each call; no clock, but with `slowMs` or `windowMs`.
 * Failure: what `failed` throws fails the call that it was asked about; a listener that throws disturbs nobody.
 */

import {
  type AnyLayer,
  type Awaitable,
  around,
  CacheError,
  type Clock,
  type Host,
  isPromise,
  type Store,
  toCacheError,
  type Verbs,
} from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'
import { type CircuitBreakerOptions, type CircuitBreakerSettings, parse } from './circuit-breaker/options.js'
import { type BreakerChange, BreakerState, type BreakerStatus, type Verdict } from './circuit-breaker/state.js'

export {
  CIRCUIT_BREAKER_DEFAULTS,
  type CircuitBreakerOptions,
  type CircuitBreakerSettings,
} from './circuit-breaker/options.js'

import { checkListener } from './settings.js'

export type { BreakerCause, BreakerChange, BreakerStatus } from './circuit-breaker/state.js'

/** The layer and its handle. One may stand in several caches, whose calls it then counts together. */
export interface CircuitBreaker extends AnyLayer {
  /** `open` also past its time, until a call comes to try. */
  readonly status: BreakerStatus
  /** Opens it now. `Infinity` keeps it open until `reset()`. Default: the option `openMs`. */
  trip(forMs?: number): void
  /** Closes it, and forgets what it has counted. */
  reset(): void
  configure(options: CircuitBreakerOptions): void
  /** Listens to its changes; gives the way to stop. */
  onChange(listener: (change: BreakerChange) => void): () => void
}

const NAME = 'circuitBreaker'

export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  const breaker = new Breaker(parse(options))
  const pages = around({
    name: NAME,
    around: ({ verb }, proceed, { clock }) => breaker.pass(verb, proceed, clock),
  })
  return {
    name: NAME,
    state: 'shared',
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      const { clock } = host
      const { readOne } = next
      return {
        ...pages.wrap(next, host),
        read: (keys, call) => breaker.pass('read', () => next.read(keys, call), clock),
        ...(readOne !== undefined && {
          readOne: (key, call) => breaker.pass('read', () => readOne(key, call), clock),
        }),
      }
    },
    get status() {
      return breaker.state.status
    },
    trip: (forMs) => breaker.trip(forMs),
    reset: () => breaker.reset(),
    configure: (changed) => breaker.configure(changed),
    onChange: (listener) => breaker.onChange(listener),
  }
}

/** Answers that say that the store is there, though it would not do what was asked. */
const ANSWERS: ReadonlySet<string> = new Set(['FULL', 'READ_ONLY', 'LOCKED', 'CORRUPT'])

class Breaker {
  readonly state: BreakerState
  readonly #listeners = new Set<(change: BreakerChange) => void>()
  #settings: CircuitBreakerSettings
  /** Of the last call. */
  #clock: Clock | undefined

  constructor(settings: CircuitBreakerSettings) {
    this.#settings = settings
    this.state = new BreakerState(settings, (change) => tellAll(this.#listeners, change))
  }

  pass<R>(verb: string, proceed: () => Awaitable<R>, clock: Clock): Awaitable<R> {
    this.#clock = clock
    const { state } = this
    if (!state.isClosed && !state.admits(clock.now())) throw this.#rejection(verb, clock)
    const { era } = state
    let answer: Awaitable<R>
    try {
      answer = proceed()
    } catch (error) {
      this.#failed(error, era, clock)
      throw error
    }
    if (!isPromise(answer)) {
      this.#settle(era, 'good', clock)
      return answer
    }
    const { slowMs } = this.#settings
    const begun = slowMs === Infinity ? 0 : clock.now()
    return answer.then(
      (value) => {
        const isSlow = slowMs !== Infinity && clock.now() - begun > slowMs
        this.#settle(era, isSlow ? 'slow' : 'good', clock)
        return value
      },
      (error: unknown) => {
        this.#failed(error, era, clock)
        throw error
      },
    )
  }

  trip(forMs = this.#settings.openMs): void {
    if (!(forMs > 0))
      throw new CacheError('INVALID_OPTION', `trip: expected a positive number of milliseconds, got ${forMs}`)
    this.state.trip(forMs, this.#clock?.now())
  }

  reset(): void {
    this.state.reset(this.#clock?.now() ?? 0)
  }

  configure(options: CircuitBreakerOptions): void {
    this.#settings = parse(options, this.#settings)
    this.state.configure(this.#settings)
  }

  onChange(listener: (change: BreakerChange) => void): () => void {
    checkListener('circuitBreaker, onChange', listener)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #failed(thrown: unknown, era: number, clock: Clock): void {
    const error = toCacheError(thrown)
    let verdict: Verdict = ANSWERS.has(error.code) ? 'good' : 'void'
    try {
      if (this.#settings.failed(error)) verdict = 'failed'
    } finally {
      // Whatever was thrown there: a probe that never settled would keep all others out.
      this.#settle(era, verdict, clock)
    }
  }

  /** Only where it matters what time it is, the clock is asked. */
  #settle(era: number, verdict: Verdict, clock: Clock): void {
    const isTimed = verdict !== 'good' || this.#settings.windowMs !== Infinity || !this.state.isClosed
    this.state.settle(era, verdict, isTimed ? clock.now() : 0)
  }

  /** An outer retry leaves it alone: that trying again is of no use is what the breaker has found out. */
  #rejection(operation: string, clock: Clock): CacheError {
    const { status } = this.state
    const details = { status, retryAfterMs: this.state.waitMs(clock.now()) }
    return new CacheError('REJECTED', `the circuit breaker is ${status}`, {
      operation,
      source: NAME,
      retry: 'exhausted',
      details,
    })
  }
}
