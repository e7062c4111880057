import { type Awaitable, type CacheError, type Host, isCacheError, isPromise, toCacheError } from '@cachette/core'
import { keysOf, type Observed, type Observer } from '../observing.js'
import type { LogEvent, Logger, LoggingDefaults } from './options.js'

/** So many keys of a call are written down. */
const MOST_KEYS = 10

/** What a line says beside its message. */
type Facts = Readonly<Record<string, unknown>>

/** Where one `logging()` writes, and how. */
export class LogBook {
  settings: LoggingDefaults
  readonly #logger: Logger
  /** What a call failed with may be told again by the cache. */
  readonly #told = new WeakSet<object>()
  #lost = 0

  constructor(logger: Logger, settings: LoggingDefaults) {
    this.#logger = logger
    this.settings = settings
  }

  get lost(): number {
    return this.#lost
  }

  /** Hears one cache, and observes its calls. */
  open(store: string, host: Host): Observer {
    this.#hear(store, host)
    return {
      heeds: () => this.#isOn('failure') || this.#isOn('passing') || this.#isOn('slow'),
      observe: (observed, proceed) => this.#observe(store, host, observed, proceed),
    }
  }

  #hear(store: string, host: Host): void {
    host.on('load', ({ id, key, ms, outcome, error }) => {
      const isFailure = outcome === 'failed' || outcome === 'unstored'
      const facts = (): Facts => ({
        id,
        ms,
        outcome,
        ...this.#keys([key]),
        ...(error !== undefined && this.#error(error)),
      })
      this.#write(isFailure ? 'loadFailure' : 'load', store, `a load ended: ${outcome}`, facts)
    })
    host.on('refresh', ({ id, key, reason }) =>
      this.#write('refresh', store, `a refresh began: ${reason}`, () => ({ id, reason, ...this.#keys([key]) })),
    )
    host.on('failure', ({ id, operation, source, error }) => {
      if (this.#isNew(error)) {
        this.#write('reported', store, `${operation} failed unseen with ${error.code}`, () => ({
          id,
          operation,
          source,
          ...this.#error(error),
        }))
      }
    })
    host.on('damage', ({ id, key, source, error }) =>
      this.#write('damage', store, 'an entry is damaged', () => ({
        id,
        source,
        ...this.#keys([key]),
        ...(error !== undefined && this.#error(error)),
      })),
    )
    host.on('evict', ({ keys, cause, source }) =>
      this.#write('evict', store, `entries were evicted: ${cause}`, () => ({ cause, source, ...this.#keys(keys) })),
    )
    host.on('invalidate', ({ id, source }) =>
      this.#write('invalidate', store, 'entries were invalidated', () => ({ id, source })),
    )
    host.on('close', ({ name }) => this.#write('close', store, 'the cache was closed', () => ({ name })))
  }

  /** What the cache does on its own account it tells by itself, where it fails. */
  #observe<R>(store: string, host: Host, observed: Observed, proceed: () => Awaitable<R>): Awaitable<R> {
    if (observed.call.aside === true) return proceed()
    // A ready answer costs no look at the clock: a call says when it was made. Each page of a scan begins anew.
    const begun = observed.verb === 'scan' ? host.clock.now() : observed.call.now
    const failed = (error: unknown): never => {
      this.#failed(store, observed, error, host.clock.now() - begun)
      throw error
    }
    let answer: Awaitable<R>
    try {
      answer = proceed()
    } catch (error) {
      return failed(error)
    }
    if (!isPromise(answer)) return answer
    return answer.then((given) => {
      const ms = host.clock.now() - begun
      if (ms >= this.settings.slowMs) {
        this.#write('slow', store, `${observed.verb} took ${ms} ms`, () => this.#facts(observed, ms))
      }
      return given
    }, failed)
  }

  #failed(store: string, observed: Observed, error: unknown, ms: number): void {
    const failure = toCacheError(error, { operation: observed.verb, source: store })
    const event = failure.retry === 'yes' || failure.code === 'ABORTED' ? 'passing' : 'failure'
    if (!this.#isNew(error)) return
    this.#write(event, store, `${observed.verb} failed with ${failure.code}`, () => ({
      ...this.#facts(observed, ms),
      ...this.#error(failure),
    }))
  }

  #facts(observed: Observed, ms: number): Facts {
    const { verb, call } = observed
    return { id: call.id, verb, ms, ...this.#keys(keysOf(observed)) }
  }

  #error(error: unknown): Facts {
    const { messages } = this.settings
    const words = messages &&
      typeof error === 'object' &&
      error !== null &&
      'message' in error && { message: String(error.message) }
    if (!isCacheError(error)) return { ...words }
    const { code, retry, outcome, operation, source }: CacheError = error
    return { code, retry, outcome, operation, source, ...words }
  }

  #keys(keys: readonly string[] | undefined): Facts {
    if (keys === undefined) return {}
    const { keys: wanted } = this.settings
    if (wanted === false) return { count: keys.length }
    const shown = keys.slice(0, MOST_KEYS)
    return { count: keys.length, keys: wanted === true ? shown : shown.map((key) => wanted(key)) }
  }

  #isOn(event: LogEvent): boolean {
    return this.settings.levels[event] !== 'off'
  }

  #isNew(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return true
    if (this.#told.has(error)) return false
    this.#told.add(error)
    return true
  }

  /** Facts are put together only for a line that is written. Neither they nor the logger may fail the call. */
  #write(event: LogEvent, store: string, message: string, facts: () => Facts): void {
    const level = this.settings.levels[event]
    if (level === 'off') return
    try {
      this.#logger[level](`cachette: ${store}: ${message}`, { event, store, ...facts() })
    } catch {
      this.#lost += 1
    }
  }
}
