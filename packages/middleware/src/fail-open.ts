/**
 * Makes misses of failures: a read that fails finds nothing, a write that fails answers that nothing was stored or
 * removed. Each is reported as `failure` to whoever listens to the cache. For those who would rather have no cache
 * than an error; a `delete` that is lost leaves an old value behind, so think of short lifetimes.
 *
 * Place: outside `retry` and `circuitBreaker`, which would see no failures any more; refused otherwise.
 * Cost: nothing where nothing fails, but a handler for each promise.
 * Failure: none of its own. What stays a failure: mistakes of the caller, `CLOSED`, `ABORTED`; scans, since half a list
 * is no miss; writes on a condition, whose answer others rest on; and the calls of a load, which has its own way out.
 */

import {
  type AnyLayer,
  type CacheError,
  type Call,
  type ErrorCode,
  type Found,
  type Host,
  isCacheError,
  type Rule,
  type Rules,
  type Store,
  type Verbs,
} from '@cachette/core'
import { recover } from '@cachette/core/adapter'
import { type Settings, settle } from './settings.js'

export type FailOpenVerb = 'read' | 'write' | 'clear'

export interface FailOpenOptions {
  /** The verbs whose failures are made misses; `write` also removes. Default: all three. */
  readonly verbs?: readonly FailOpenVerb[] | undefined
}

const VERBS = ['read', 'write', 'clear'] as const

export type FailOpenSettings = Settings<FailOpenOptions>

export const FAIL_OPEN_DEFAULTS: FailOpenSettings = { verbs: VERBS }

const SOME_VERBS: Rule = {
  expected: `a list of ${VERBS.join(', ')}`,
  accepts: (value) => Array.isArray(value) && value.every((verb) => VERBS.some((other) => other === verb)),
}

const ACCEPTED: Rules<FailOpenOptions> = { verbs: SOME_VERBS }

/** The layer and its handle. */
export interface FailOpen extends AnyLayer {
  configure(options: FailOpenOptions): void
}

const NAME = 'failOpen'

/** Troubles of the store. All other codes tell of a mistake, or of what somebody asked for. */
const TROUBLES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'UNAVAILABLE',
  'TIMEOUT',
  'REJECTED',
  'BUSY',
  'FULL',
  'READ_ONLY',
  'LOCKED',
  'BACKEND',
])

export function failOpen(options: FailOpenOptions = {}): FailOpen {
  let settings = settle(NAME, FAIL_OPEN_DEFAULTS, options, ACCEPTED)

  /** What is known of each key all the same. Throws the failure where it is to stay one. */
  const opened = (thrown: unknown, verb: FailOpenVerb, call: Call, host: Host): ReadonlyMap<string, unknown> => {
    if (call.load !== undefined || !settings.verbs.includes(verb) || !isTrouble(thrown)) throw thrown
    host.report({ type: 'failure', id: call.id, operation: verb, source: thrown.source ?? NAME, error: thrown })
    return new Map(thrown.outcomes?.map((one) => [one.key, 'value' in one ? one.value : undefined]))
  }

  return {
    name: NAME,
    place: { outside: ['retry', 'circuitBreaker'] },
    changes: ['F2', 'B3', 'Y4'],
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      const { readOne } = next
      return {
        ...(readOne !== undefined && {
          readOne: (key, call) =>
            recover<Found<V> | undefined, undefined>(
              () => readOne(key, call),
              (error) => void opened(error, 'read', call, host),
            ),
        }),
        read: (keys, call) =>
          recover<Answers<V>, Answers<V>>(
            () => next.read(keys, call),
            (error) => {
              const known = opened(error, 'read', call, host)
              // The outcome of a key holds what the verb would have answered for it.
              return keys.map((key) => known.get(key) as Found<V> | undefined)
            },
          ),
        write: (changes, call) =>
          recover<readonly boolean[], readonly boolean[]>(
            () => next.write(changes, call),
            (error) => {
              if (changes.some(({ when }) => when !== undefined)) throw error
              const known = opened(error, 'write', call, host)
              return changes.map(({ key }) => known.get(key) === true)
            },
          ),
        clear: (prefix, call) =>
          recover<void, void>(
            () => next.clear(prefix, call),
            (error) => void opened(error, 'clear', call, host),
          ),
      }
    },
    configure(changed) {
      settings = settle(NAME, settings, changed, ACCEPTED)
    },
  }
}

type Answers<V> = readonly (Found<V> | undefined)[]

/** Of the whole, and of each key of which something else is said. */
function isTrouble(error: unknown): error is CacheError {
  if (!isCacheError(error) || !TROUBLES.has(error.code)) return false
  return error.outcomes?.every((one) => 'value' in one || TROUBLES.has(one.error.code)) ?? true
}
