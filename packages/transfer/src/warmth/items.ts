import { type Awaitable, type Cache, CacheError, type EntryOptions, type LoadContext, type Pair } from '@cachette/core'

/** A key and how often it was asked for, as `stats` lists them. */
export interface HotKey {
  readonly key: string
  readonly count: number
}

export interface WarmEntry<V> extends EntryOptions {
  readonly key: string
  readonly value: V
}

/** Keys that were recorded, and how to load one. Those with counts come first, the highest before all others. */
export interface RecordedKeys<V> {
  readonly keys: Iterable<string | HotKey>
  readonly load: (key: string, context: LoadContext<V>) => Awaitable<V>
}

export type WarmSource<V> =
  | Iterable<Pair<V> | WarmEntry<V>>
  | AsyncIterable<Pair<V> | WarmEntry<V>>
  | Cache<V>
  | RecordedKeys<V>

/** One key, and how to come by its value. */
export interface Item<V> {
  readonly key: string
  /** Its value was read before its load began, so that what happened to the key since must be known otherwise. */
  readonly early: boolean
  readonly make: (context: LoadContext<V>) => Awaitable<V>
}

/** What a source no longer has when its turn comes. */
export const GONE = new CacheError('BACKEND', 'the source has this key no longer', { retry: 'no', operation: 'warm' })

export function itemsOf<V>(source: WarmSource<V>): AsyncIterable<Item<V>> {
  if (isCache(source)) return ofCache(source)
  return isRecorded(source) ? ofKeys(source) : ofEntries(source)
}

async function* ofEntries<V>(
  source: Iterable<Pair<V> | WarmEntry<V>> | AsyncIterable<Pair<V> | WarmEntry<V>>,
): AsyncIterable<Item<V>> {
  for await (const each of source) {
    const { key, value, ...options } = isPair(each) ? { ...each[2], key: each[0], value: each[1] } : entryOf(each)
    const make = (context: LoadContext<V>): V => {
      context.keep(options)
      return value
    }
    yield { key, early: true, make }
  }
}

async function* ofCache<V>(source: Cache<V>): AsyncIterable<Item<V>> {
  for await (const key of source.keys()) {
    const make = async ({ keep }: LoadContext<V>): Promise<V> => {
      const found = await source.lookup(key)
      if (found.outcome === 'unavailable') throw found.error
      if (found.outcome === 'miss') throw GONE
      const { expiresInMs, tags, outcome } = found
      // It lives no longer than there, and what is stale stays so.
      const stale = outcome === 'stale' ? { freshMs: Math.min(1, expiresInMs) } : {}
      keep({ ...(expiresInMs === Infinity ? {} : { ttlMs: expiresInMs }), ...stale, tags })
      return found.value
    }
    yield { key, early: false, make }
  }
}

async function* ofKeys<V>({ keys, load }: RecordedKeys<V>): AsyncIterable<Item<V>> {
  for (const key of hottest(keys)) yield { key, early: false, make: (context) => load(key, context) }
}

/** Keys by their counts, those without in the order in which they came. */
export function hottest(keys: Iterable<string | HotKey>): readonly string[] {
  const counted = [...keys].map((each) => (typeof each === 'string' ? { key: each, count: 0 } : each))
  return [...new Set(counted.sort((a, b) => b.count - a.count).map(({ key }) => key))]
}

function isPair<V>(each: Pair<V> | WarmEntry<V>): each is Pair<V> {
  return Array.isArray(each)
}

function entryOf<V>(each: WarmEntry<V>): WarmEntry<V> {
  if (typeof each === 'object' && each !== null && 'key' in each && 'value' in each) return each
  throw new CacheError('INVALID_OPTION', 'warm: expected its source to give [key, value] or { key, value }')
}

function isCache<V>(source: WarmSource<V>): source is Cache<V> {
  return 'getOrSet' in source
}

function isRecorded<V>(source: WarmSource<V>): source is RecordedKeys<V> {
  return 'keys' in source && 'load' in source
}
