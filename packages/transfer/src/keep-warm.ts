import {
  type Awaitable,
  type Cache,
  type Clock,
  checkOptions,
  isCacheError,
  type LoadContext,
  RULES,
  type Rules,
  systemClock,
  type Timer,
} from '@cachette/core'
import { raced } from './abort.js'
import { SIGNAL } from './options.js'
import { CACHE } from './warm.js'
import { type HotKey, hottest } from './warmth/items.js'
import { Slots } from './warmth/slots.js'

export interface KeepWarmOptions<V> {
  /** The keys that are asked for most, asked anew in each round: of `stats`, or of your own. */
  readonly keys: () => Awaitable<Iterable<string | HotKey>>
  readonly load: (key: string, context: LoadContext<V>) => Awaitable<V>
  /** From the end of a round to the beginning of the next. Default 10,000. */
  readonly everyMs?: number | undefined
  /** What ends within this is refreshed; at least `everyMs`, or some end between two rounds. Default 20,000. */
  readonly aheadMs?: number | undefined
  /** So many of the hottest are looked at in a round. Default 100. */
  readonly limit?: number | undefined
  /** So many loads run at once. Default 4. */
  readonly concurrency?: number | undefined
  /** Ends it, as `close` does. */
  readonly signal?: AbortSignal | undefined
  /** The clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

interface Settings {
  readonly everyMs: number
  readonly aheadMs: number
  readonly limit: number
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
  readonly clock: Clock
}

export const KEEP_WARM_DEFAULTS: Settings = {
  everyMs: 10_000,
  aheadMs: 20_000,
  limit: 100,
  concurrency: 4,
  signal: undefined,
  clock: systemClock,
}

const ACCEPTED: Rules<KeepWarmOptions<unknown>> = {
  keys: RULES.run,
  load: RULES.run,
  everyMs: RULES.positiveMs,
  aheadMs: RULES.positiveMs,
  limit: RULES.positiveInteger,
  concurrency: RULES.positiveInteger,
  signal: SIGNAL,
  clock: RULES.clock,
}

export interface KeepWarmCounts {
  readonly rounds: number
  /** Entries that were looked at. */
  readonly looked: number
  /** Loads that gave a value. */
  readonly refreshed: number
  /** Loads, looks, and askings for the keys, that failed. */
  readonly failed: number
}

/** The refreshing, under way. */
export interface KeepingWarm {
  readonly counts: KeepWarmCounts
  /** What failed last. */
  readonly failure: unknown
  /** Ends it; resolves when the looks of a round that is under way have ended. What is being loaded goes on. */
  close(): Promise<void>
}

/**
 * Refreshes the hottest keys before they expire, in the background, until it, the cache or the signal is done. What is
 * absent is left so: it may have been removed.
 */
export function keepWarm<V>(cache: Cache<V>, options: KeepWarmOptions<V>): KeepingWarm {
  checkOptions<KeepWarmOptions<V>>('keepWarm', options, ACCEPTED, ['keys', 'load'])
  checkOptions<{ cache: unknown }>('keepWarm', { cache }, { cache: CACHE }, ['cache'])
  return new Keeping(cache, options, {
    everyMs: options.everyMs ?? KEEP_WARM_DEFAULTS.everyMs,
    aheadMs: options.aheadMs ?? KEEP_WARM_DEFAULTS.aheadMs,
    limit: options.limit ?? KEEP_WARM_DEFAULTS.limit,
    concurrency: options.concurrency ?? KEEP_WARM_DEFAULTS.concurrency,
    signal: options.signal,
    clock: options.clock ?? KEEP_WARM_DEFAULTS.clock,
  })
}

/** Past so small a part of its fresh time every entry is due. */
const AT_ONCE = Number.MIN_VALUE

class Keeping<V> implements KeepingWarm {
  readonly #cache: Cache<V>
  readonly #options: Pick<KeepWarmOptions<V>, 'keys' | 'load'>
  readonly #settings: Settings
  readonly #slots: Slots
  readonly #stop: () => void
  #counts: KeepWarmCounts = { rounds: 0, looked: 0, refreshed: 0, failed: 0 }
  #failure: unknown
  #timer: Timer | undefined
  #round: Promise<void> = Promise.resolve()
  #closed = false

  constructor(cache: Cache<V>, options: KeepWarmOptions<V>, settings: Settings) {
    this.#cache = cache
    this.#options = options
    this.#settings = settings
    this.#slots = new Slots(settings.concurrency)
    const { signal } = settings
    const end = (): void => this.#end()
    const unhear = cache.on('close', end)
    signal?.addEventListener('abort', end)
    this.#stop = () => {
      unhear()
      signal?.removeEventListener('abort', end)
    }
    if (signal?.aborted === true) this.#end()
    else this.#arm()
  }

  get counts(): KeepWarmCounts {
    return this.#counts
  }

  get failure(): unknown {
    return this.#failure
  }

  async close(): Promise<void> {
    this.#end()
    await this.#round
  }

  #end(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#stop()
  }

  #arm(): void {
    if (this.#closed) return
    const { clock, everyMs } = this.#settings
    const run = (): void => {
      this.#round = this.#runRound()
    }
    this.#timer = clock.setTimer(everyMs, run, { background: true })
  }

  async #runRound(): Promise<void> {
    try {
      const keys = hottest(await this.#options.keys()).slice(0, this.#settings.limit)
      for (const key of keys) {
        if (this.#closed) return
        await this.#look(key).catch((error: unknown) => this.#failed(error))
      }
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#counts = { ...this.#counts, rounds: this.#counts.rounds + 1 }
      this.#arm()
    }
  }

  async #look(key: string): Promise<void> {
    const found = await this.#cache.lookup(key)
    this.#counts = { ...this.#counts, looked: this.#counts.looked + 1 }
    if (found.outcome === 'unavailable') throw found.error
    if (found.outcome === 'miss' || this.#closed) return
    const isDue = found.outcome === 'stale' || found.expiresInMs <= this.#settings.aheadMs
    if (isDue) await this.#cache.getOrSet(key, (context) => this.#load(key, context), { refreshAhead: AT_ONCE })
  }

  /** Runs behind the look: the round does not wait for it. */
  async #load(key: string, context: LoadContext<V>): Promise<V> {
    const { signal } = context
    const load = async (): Promise<V> => {
      // Its time may have been up before its turn came.
      signal.throwIfAborted()
      return this.#options.load(key, context)
    }
    await this.#slots.take()
    try {
      // A loader that hangs must not keep its place for ever.
      const value = await raced(load(), signal)
      this.#counts = { ...this.#counts, refreshed: this.#counts.refreshed + 1 }
      return value
    } catch (error) {
      this.#failed(error)
      throw error
    } finally {
      this.#slots.give()
    }
  }

  #failed(error: unknown): void {
    // A cache that is closed under its hands is no failure of it.
    if (this.#closed && isCacheError(error)) return
    this.#failure = error
    this.#counts = { ...this.#counts, failed: this.#counts.failed + 1 }
  }
}
