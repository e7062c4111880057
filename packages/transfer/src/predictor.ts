import {
  type Awaitable,
  type Cache,
  type CallerOptions,
  type Clock,
  checkOptions,
  type LoadContext,
  RULES,
  type Rule,
  type Rules,
  systemClock,
} from '@cachette/core'
import { Chain } from './prediction/chain.js'
import { Recent } from './prediction/recent.js'
import { Judge, type Usefulness, type UsefulnessSettings } from './prediction/usefulness.js'
import { CACHE } from './warm.js'

export interface PredictorOptions<V> {
  readonly load: (key: string, context: LoadContext<V>) => Awaitable<V>
  /** How often a key must have followed the one asked for, of all times, to be loaded ahead. Default 0.3. */
  readonly confidence?: number | undefined
  /** So many keys are known with what follows them, up to four each; those that came last. Default 10,000. */
  readonly maxKeys?: number | undefined
  /** So many loads ahead run at once; what is predicted beyond is left out. Default 4. */
  readonly concurrency?: number | undefined
  /** A smaller share of hits switches it off. Default 0.2. */
  readonly threshold?: number | undefined
  /** It is judged each time that so many predictions are decided. Default 100. */
  readonly window?: number | undefined
  /** What is not asked for within this was predicted in vain. Default 30,000. */
  readonly withinMs?: number | undefined
  /** How long it stays off before it tries again. Default 300,000. */
  readonly pauseMs?: number | undefined
  /** The clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

interface Settings extends UsefulnessSettings {
  readonly confidence: number
  readonly maxKeys: number
  readonly concurrency: number
  readonly clock: Clock
}

export const PREDICTOR_DEFAULTS: Settings = {
  confidence: 0.3,
  maxKeys: 10_000,
  concurrency: 4,
  threshold: 0.2,
  window: 100,
  withinMs: 30_000,
  pauseMs: 300_000,
  clock: systemClock,
}

const ACCEPTED: Rules<PredictorOptions<unknown>> = {
  load: RULES.run,
  confidence: RULES.fraction,
  maxKeys: RULES.positiveInteger,
  concurrency: RULES.positiveInteger,
  threshold: RULES.fraction,
  window: RULES.positiveInteger,
  withinMs: RULES.positiveMs,
  pauseMs: RULES.positiveMs,
  clock: RULES.clock,
}

const KEYS: Rule = {
  expected: 'a list of keys, in the order in which they were asked for',
  accepts: (value) => typeof value === 'object' && value !== null && Symbol.iterator in value,
}

export interface PredictorGetOptions extends CallerOptions {
  /** Whose calls follow each other: a user, a session, a worker. Default: all are one. */
  readonly trail?: string | undefined
}

export interface Predictor<V> {
  readonly usefulness: Usefulness
  /** The value, loaded where it is not there; and what is likely to be asked for next, loaded ahead. */
  get(key: string, options?: PredictorGetOptions): Promise<V>
  /** Learns from keys that were recorded, in their order, without loading any. */
  learn(keys: Iterable<string>): void
}

/** Trails that went on last, so many at most. */
const MOST_TRAILS = 1_000

/** Loads ahead what is likely to be asked for next, for as long as that proves useful. */
export function predictor<V>(cache: Cache<V>, options: PredictorOptions<V>): Predictor<V> {
  checkOptions<PredictorOptions<V>>('predictor', options, ACCEPTED, ['load'])
  checkOptions<{ cache: unknown }>('predictor', { cache }, { cache: CACHE }, ['cache'])
  return new Predicting(cache, options.load, {
    confidence: options.confidence ?? PREDICTOR_DEFAULTS.confidence,
    maxKeys: options.maxKeys ?? PREDICTOR_DEFAULTS.maxKeys,
    concurrency: options.concurrency ?? PREDICTOR_DEFAULTS.concurrency,
    threshold: options.threshold ?? PREDICTOR_DEFAULTS.threshold,
    window: options.window ?? PREDICTOR_DEFAULTS.window,
    withinMs: options.withinMs ?? PREDICTOR_DEFAULTS.withinMs,
    pauseMs: options.pauseMs ?? PREDICTOR_DEFAULTS.pauseMs,
    clock: options.clock ?? PREDICTOR_DEFAULTS.clock,
  })
}

class Predicting<V> implements Predictor<V> {
  readonly #cache: Cache<V>
  readonly #load: PredictorOptions<V>['load']
  readonly #settings: Settings
  readonly #chain: Chain
  readonly #judge: Judge
  readonly #last = new Recent<string>(MOST_TRAILS)
  readonly #ahead = new Set<string>()

  constructor(cache: Cache<V>, load: PredictorOptions<V>['load'], settings: Settings) {
    this.#cache = cache
    this.#load = load
    this.#settings = settings
    this.#chain = new Chain(settings.maxKeys)
    this.#judge = new Judge(settings)
  }

  get usefulness(): Usefulness {
    return this.#judge.usefulness(this.#settings.clock.now())
  }

  async get(key: string, options: PredictorGetOptions = {}): Promise<V> {
    const { trail = '', ...caller } = options
    let wasThere = true
    const load = (context: LoadContext<V>): Awaitable<V> => {
      // A stale value is there; it is refreshed behind whoever asked.
      wasThere &&= context.previous !== undefined
      return this.#load(key, context)
    }
    try {
      const asked = this.#cache.getOrSet(key, load, caller)
      this.#follow(key, trail)
      return await asked
    } catch (error) {
      wasThere = false
      throw error
    } finally {
      this.#judge.asked(key, wasThere, this.#settings.clock.now())
    }
  }

  learn(keys: Iterable<string>): void {
    checkOptions<{ keys: unknown }>('learn', { keys }, { keys: KEYS }, ['keys'])
    let last: string | undefined
    for (const key of keys) {
      if (last !== undefined && last !== key) this.#chain.learn(last, key)
      last = key
    }
  }

  #follow(key: string, trail: string): void {
    const last = this.#last.get(trail)
    this.#last.set(trail, key)
    // The same again says nothing of what comes next.
    if (last === key) return
    if (last !== undefined) this.#chain.learn(last, key)
    const { clock, confidence, concurrency } = this.#settings
    if (!this.#judge.isOn(clock.now())) return
    for (const next of this.#chain.likely(key, confidence)) {
      if (this.#ahead.size >= concurrency) return
      if (!this.#ahead.has(next)) void this.#loadAhead(next)
    }
  }

  /** Nobody waits for it: what fails is told by the cache's own events, and counts as predicted in vain. */
  async #loadAhead(key: string): Promise<void> {
    this.#ahead.add(key)
    try {
      if (await this.#cache.has(key)) return
      await this.#cache.getOrSet(key, (context) => {
        this.#judge.predicted(key, this.#settings.clock.now())
        return this.#load(key, context)
      })
    } catch {
      // See above.
    } finally {
      this.#ahead.delete(key)
    }
  }
}
