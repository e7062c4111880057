/**
 * Bounds how much is asked in a time: so many keys a second, and as many at once as have been saved up. What is more is
 * turned away at once with `REJECTED`, whose `details.retryAfterMs` says when there will be room.
 *
 * Place: outside `retry`. Inside it, each attempt would count, and what is turned away would be asked again.
 * Cost: a look at the clock and into a map for each call; with `by`, into a map for each key.
 * Failure: what `by` throws fails the call.
 */

import {
  type AnyLayer,
  around,
  CacheError,
  checkOptions,
  type Passing,
  RULES,
  type Rule,
  type Rules,
} from '@cachette/core'
import { type Settings, settle } from './settings.js'

export interface RateLimitOptions {
  /** How many keys may be read or written in a second. A clear counts as one, and so does each page of a scan. */
  readonly perSecond: number
  /** How many at once, after a rest. A larger batch passes when there is room for so many. Default 100. */
  readonly burst?: number | undefined
  /**
   * Names what a key, or the prefix of a scan or clear, counts towards: a tenant, say. Each name has the whole rate.
   * Default: all count together.
   */
  readonly by?: ((key: string) => string) | undefined
  /** How many names are remembered; the one that was last heard of longest ago begins anew. Default 10,000. */
  readonly maxNames?: number | undefined
}

export type RateLimitSettings = Settings<RateLimitOptions>

const together = (): string => ''

export const RATE_LIMIT_DEFAULTS: Omit<RateLimitSettings, 'perSecond'> = { burst: 100, by: together, maxNames: 10_000 }

const RATE: Rule = {
  expected: 'a positive number',
  accepts: (value) => typeof value === 'number' && value > 0 && value < Infinity,
}

const ACCEPTED: Rules<RateLimitOptions> = {
  perSecond: RATE,
  burst: RULES.positiveInteger,
  by: RULES.run,
  maxNames: RULES.positiveInteger,
}

/** The layer and its handle. One may stand in several caches, which then share the rate. */
export interface RateLimit extends AnyLayer {
  configure(options: Partial<RateLimitOptions>): void
}

const NAME = 'rateLimit'

/** What sums of fractions may be off by; no clock is as fine. */
const ROUNDING_MS = 1e-4

export function rateLimit(options: RateLimitOptions): RateLimit {
  const { perSecond } = checkOptions(NAME, options, ACCEPTED, ['perSecond'])
  const buckets = new Buckets(settle(NAME, { ...RATE_LIMIT_DEFAULTS, perSecond }, options, ACCEPTED))
  return {
    ...around({
      name: NAME,
      state: 'shared',
      changes: ['Y3'],
      around(passing, proceed, { clock }) {
        const retryAfterMs = buckets.take(passing, clock.now())
        if (retryAfterMs === 0) return proceed()
        const facts = { operation: passing.verb, source: NAME, details: { retryAfterMs } }
        throw new CacheError('REJECTED', `more than ${buckets.settings.perSecond} keys a second`, facts)
      },
    }),
    configure(changed) {
      buckets.settings = settle<Partial<RateLimitOptions>>(NAME, buckets.settings, changed, ACCEPTED)
    },
  }
}

/** Room for calls, which comes back at a steady rate. Of each bucket all that is kept is when it will be full again. */
class Buckets {
  settings: RateLimitSettings
  readonly #fullAt = new Map<string, number>()

  constructor(settings: RateLimitSettings) {
    this.settings = settings
  }

  /** 0 where there was room, which is then used; how long until there is otherwise, and nothing is used. */
  take(passing: Passing, now: number): number {
    const asked = this.#asked(passing)
    let waitMs = 0
    for (const [name, count] of asked) waitMs = Math.max(waitMs, this.#waitMs(name, count, now))
    if (waitMs === 0) for (const [name, count] of asked) this.#use(name, count, now)
    return waitMs
  }

  /** How many keys of each name. */
  #asked(passing: Passing): Iterable<readonly [name: string, count: number]> {
    const { by } = this.settings
    if (passing.verb === 'scan' || passing.verb === 'clear') return [[by(passing.prefix), 1]]
    const keys = passing.verb === 'read' ? passing.keys : passing.changes.map(({ key }) => key)
    if (by === together) return [[together(), keys.length]]
    const counts = new Map<string, number>()
    for (const key of keys) counts.set(by(key), (counts.get(by(key)) ?? 0) + 1)
    return counts
  }

  #waitMs(name: string, count: number, now: number): number {
    const { perSecond, burst } = this.settings
    const used = Math.max(this.#fullAt.get(name) ?? now, now) - now
    const roomMs = ((burst - Math.min(count, burst)) * 1_000) / perSecond
    return Math.max(0, Math.ceil(used - roomMs - ROUNDING_MS))
  }

  #use(name: string, count: number, now: number): void {
    const { perSecond, maxNames } = this.settings
    const fullAt = Math.max(this.#fullAt.get(name) ?? now, now) + (count * 1_000) / perSecond
    // Put in anew, so that the map begins with whoever was last heard of longest ago.
    this.#fullAt.delete(name)
    this.#fullAt.set(name, fullAt)
    for (const oldest of this.#fullAt.keys()) {
      if (this.#fullAt.size <= maxNames) break
      this.#fullAt.delete(oldest)
    }
  }
}
