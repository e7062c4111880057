import {
  type Cache,
  checkOptions,
  isCacheError,
  isPromise,
  RULES,
  type Rule,
  type Rules,
  toCacheError,
} from '@cachette/core'
import { raced } from './abort.js'
import { SIGNAL } from './options.js'
import { Changes } from './warmth/changes.js'
import { GONE, type Item, itemsOf, type WarmSource } from './warmth/items.js'
import { Outcomes } from './warmth/outcomes.js'
import { pooled } from './warmth/pool.js'

export interface WarmCounts {
  readonly seen: number
  readonly stored: number
  /** Were there already, or were loaded by somebody else meanwhile. */
  readonly present: number
  /** Were not stored, because the key was changed since: what is stored, or was removed, is newer. */
  readonly discarded: number
  /** Were gone from the source when their turn came, or were not to be stored. */
  readonly leftOut: number
  readonly failed: number
}

export interface WarmFailure {
  readonly key: string
  readonly error: unknown
}

export interface WarmReport {
  readonly counts: WarmCounts
  /** The first hundred. */
  readonly failures: readonly WarmFailure[]
}

export interface WarmOptions {
  /** How many entries are under way at a time. Default 8. */
  readonly concurrency?: number | undefined
  /** Ends it with the first entry that fails, in place of collecting it. Default false. */
  readonly failFast?: boolean | undefined
  /** Ends it with `ABORTED`. What is stored by then stays. */
  readonly signal?: AbortSignal | undefined
  /** Hears of every entry that is done; a promise is waited for. What it throws ends the warm-up. */
  readonly onProgress?: ((counts: WarmCounts) => unknown) | undefined
}

interface Settings {
  readonly concurrency: number
  readonly failFast: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: (counts: WarmCounts) => unknown
}

export const WARM_DEFAULTS: Settings = {
  concurrency: 8,
  failFast: false,
  signal: undefined,
  onProgress: () => undefined,
}

const ACCEPTED: Rules<WarmOptions> = {
  concurrency: RULES.positiveInteger,
  failFast: RULES.boolean,
  signal: SIGNAL,
  onProgress: RULES.run,
}

export const CACHE: Rule = {
  expected: 'a cache, as createCache gives it',
  accepts: (value) => typeof value === 'object' && value !== null && 'getOrSet' in value && 'lookup' in value,
}

const ARGUMENTS = {
  cache: CACHE,
  source: {
    expected: 'entries, a cache, or { keys, load }',
    accepts: (value: unknown): boolean => {
      if (typeof value !== 'object' || value === null) return false
      if (Symbol.iterator in value || Symbol.asyncIterator in value || 'getOrSet' in value) return true
      return 'keys' in value && isIterable(value.keys) && 'load' in value && typeof value.load === 'function'
    },
  },
} as const satisfies Record<string, Rule>

const MOST_SHOWN = 100

/**
 * Fills a cache with what it does not have. Each entry goes in as a load does: where the key is set, removed, cleared or
 * invalidated meanwhile, it is discarded, and nothing that is there is ever written over.
 */
export async function warm<V>(cache: Cache<V>, source: WarmSource<V>, options: WarmOptions = {}): Promise<WarmReport> {
  checkOptions('warm', options, ACCEPTED)
  checkOptions<{ cache: unknown; source: unknown }>('warm', { cache, source }, ARGUMENTS, ['cache', 'source'])
  const warming = new Warming(cache, {
    concurrency: options.concurrency ?? WARM_DEFAULTS.concurrency,
    failFast: options.failFast ?? WARM_DEFAULTS.failFast,
    signal: options.signal,
    onProgress: options.onProgress ?? WARM_DEFAULTS.onProgress,
  })
  return warming.run(itemsOf(source))
}

class Warming<V> {
  readonly #cache: Cache<V>
  readonly #settings: Settings
  readonly #changes: Changes
  readonly #outcomes: Outcomes
  readonly #failures: WarmFailure[] = []
  #counts: WarmCounts = { seen: 0, stored: 0, present: 0, discarded: 0, leftOut: 0, failed: 0 }

  constructor(cache: Cache<V>, settings: Settings) {
    this.#cache = cache
    this.#settings = settings
    this.#changes = new Changes(cache)
    this.#outcomes = new Outcomes(cache)
  }

  async run(items: AsyncIterable<Item<V>>): Promise<WarmReport> {
    const { concurrency, signal } = this.#settings
    try {
      await pooled(items, concurrency, signal, (item) => this.#put(item))
      return { counts: this.#counts, failures: this.#failures }
    } catch (error) {
      throw toCacheError(error, { operation: 'warm' })
    } finally {
      this.#changes.stop()
      this.#outcomes.stop()
    }
  }

  async #put(item: Item<V>): Promise<void> {
    const { signal, onProgress, failFast } = this.#settings
    try {
      const became = await this.#outcome(item)
      this.#counts = { ...this.#counts, seen: this.#counts.seen + 1, [became]: this.#counts[became] + 1 }
    } catch (error) {
      // A closed cache fails all that is left.
      if (failFast || signal?.aborted === true || (isCacheError(error) && error.code === 'CLOSED')) throw error
      this.#counts = { ...this.#counts, seen: this.#counts.seen + 1, failed: this.#counts.failed + 1 }
      if (this.#failures.length < MOST_SHOWN) this.#failures.push({ key: item.key, error })
    }
    const answer = onProgress(this.#counts)
    if (isPromise(answer)) await raced(answer, signal)
  }

  async #outcome({ key, early, make }: Item<V>): Promise<Exclude<keyof WarmCounts, 'seen' | 'failed'>> {
    // A load would refresh what is stale, with a value that may be older than it.
    if (await this.#cache.has(key, { signal: this.#settings.signal })) return 'present'
    let ended: ReturnType<Outcomes['next']> | undefined
    let isOutdated = false
    const load: Parameters<Cache<V>['getOrSet']>[1] = (context) => {
      ended = this.#outcomes.next(key)
      // By now the store watches the key: what comes later is its to see.
      isOutdated = early && this.#changes.has(key)
      if (isOutdated) context.doNotStore()
      return make(context)
    }
    try {
      await this.#cache.getOrSet(key, load, { signal: this.#settings.signal })
    } catch (error) {
      if (error === GONE) return 'leftOut'
      throw error
    }
    if (ended === undefined) return 'present'
    const { outcome, error } = await ended
    // Where the loader fails, so has `getOrSet`.
    if (outcome === 'unstored' || outcome === 'failed') throw toCacheError(error, { operation: 'warm' })
    if (outcome === 'skipped') return isOutdated ? 'discarded' : 'leftOut'
    return outcome
  }
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
