import { CacheError, checkOptions, type Rule, type Traits } from '@cachette/core'
import { foundIn, placeOf, storedFor } from './any-key.js'

/** What is used of a cache, which may be of any values. */
export interface CacheLike {
  readonly traits: Traits
  get(key: string): Promise<unknown>
  getMany(keys: readonly string[]): Promise<readonly unknown[]>
  set(key: string, value: unknown, options?: { readonly ttlMs?: number | undefined }): Promise<void>
  setMany(
    pairs: Iterable<readonly [key: string, value: unknown, options?: { readonly ttlMs?: number | undefined }]>,
  ): Promise<void>
  has(key: string): Promise<boolean>
  delete(key: string): Promise<boolean>
  entries(): AsyncIterable<readonly [key: string, value: unknown]>
  clear(): Promise<void>
  namespace(name: string): CacheLike
  on(event: 'failure', listener: (event: { readonly error: unknown }) => void): unknown
  close(): Promise<void>
}

/** A cache as Keyv asks for stores: 5 by itself, 6 through its bridge. */
export interface KeyvFace {
  /** Keyv 5 lists only stores whose dialect it knows; and it leaves its own notes here. */
  readonly opts: object
  /** Keyv says here whose keys come. Each has a namespace of the cache to itself. */
  namespace?: string | undefined
  get<Value>(key: string): Promise<Value | undefined>
  getMany<Value>(keys: string[]): Promise<(Value | undefined)[]>
  /** `ttl` in milliseconds; without one it lives as long as the cache says. */
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  setMany(entries: readonly KeyvFaceEntry[]): Promise<boolean[]>
  /** By the types of Keyv 5, which hands the answers on all the same. */
  setMany(entries: readonly KeyvFaceEntry[]): Promise<void>
  has(key: string): Promise<boolean>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
  /** Only where the cache can list its keys. */
  iterator?<Value>(namespace?: string): AsyncGenerator<[string, Awaited<Value>], void>
  /** Of all events there is only `error`: what failed that no call waits for. */
  on(event: string, listener: (...given: unknown[]) => void): this
  /** Closes the cache. */
  disconnect(): Promise<void>
}

export interface KeyvFaceEntry {
  readonly key: string
  readonly value: unknown
  readonly ttl?: number | undefined
}

const CACHE: Rule = {
  expected: 'what createCache() gave',
  accepts: (value) => typeof value === 'object' && value !== null && 'namespace' in value && 'traits' in value,
}

/** A store for Keyv, and for all that takes such stores, that keeps everything in the cache. One for each Keyv. */
export function asKeyv(cache: CacheLike): KeyvFace {
  checkOptions('asKeyv', { cache }, { cache: CACHE }, ['cache'])
  return new Face(cache)
}

/**
 * There is neither `deleteMany` nor `hasMany`. Keyv 5 wants one answer of the former where Keyv 6 wants one for each
 * key, and with the latter Keyv 6 would give all its namespaces to a store that may be shared; without them both make
 * do with the singles.
 */
class Face implements KeyvFace {
  readonly opts = { dialect: 'redis' }
  declare readonly iterator?: <Value>() => AsyncGenerator<[string, Awaited<Value>], void>
  readonly #cache: CacheLike
  readonly #views = new Map<string, CacheLike>()
  readonly #used = new Set<string>()
  #namespace: string | undefined
  #view: CacheLike

  constructor(cache: CacheLike) {
    this.#cache = cache
    this.#view = cache
    if (cache.traits.scan !== 'none') {
      this.iterator = <Value>() => this.#entries() as AsyncGenerator<[string, Awaited<Value>], void>
    }
  }

  get namespace(): string | undefined {
    return this.#namespace
  }

  set namespace(name: string | undefined) {
    this.#view = name === undefined || name === '' ? this.#cache : this.#cache.namespace(name)
    this.#namespace = name
    if (name !== undefined && name !== '') this.#views.set(name, this.#view)
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const place = placeOf(key)
    // As with Keyv, what the value is of is the caller's word.
    return valueIn(place, await this.#viewOf(key).get(place)) as Value | undefined
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    const view = this.#viewOfAll(keys)
    if (view === undefined) return Promise.all(keys.map((key) => this.get<Value>(key)))
    const places = keys.map(placeOf)
    const found = await view.getMany(places)
    return places.map((place, index) => valueIn(place, found[index]) as Value | undefined)
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    const view = this.#viewOf(key)
    const place = placeOf(key)
    if (isOver(ttl)) await view.delete(place)
    else await view.set(place, storedFor(key, place, stripped(value)), lifetimeOf(ttl))
    return true
  }

  setMany(entries: readonly KeyvFaceEntry[]): Promise<boolean[]>
  setMany(entries: readonly KeyvFaceEntry[]): Promise<void>
  async setMany(entries: readonly KeyvFaceEntry[]): Promise<unknown> {
    const view = this.#viewOfAll(entries.map(({ key }) => key))
    if (view === undefined || entries.some(({ ttl }) => isOver(ttl))) {
      return Promise.all(entries.map(({ key, value, ttl }) => this.set(key, value, ttl)))
    }
    await view.setMany(
      entries.map(({ key, value, ttl }) => {
        const place = placeOf(key)
        return [place, storedFor(key, place, stripped(value)), lifetimeOf(ttl)]
      }),
    )
    return entries.map(() => true)
  }

  async has(key: string): Promise<boolean> {
    return this.#viewOf(key).has(placeOf(key))
  }

  async delete(key: string): Promise<boolean> {
    return this.#viewOf(key).delete(placeOf(key))
  }

  async clear(): Promise<void> {
    if ([...this.#used].some((name) => name !== (this.#namespace ?? ''))) {
      throw new CacheError(
        'UNSUPPORTED',
        'clear: several namespaces have been used through one store, and Keyv does not say which it means; give each Keyv an asKeyv(cache) of its own',
        { operation: 'clear', source: 'asKeyv' },
      )
    }
    await this.#view.clear()
  }

  on(event: string, listener: (...given: unknown[]) => void): this {
    if (event === 'error') this.#cache.on('failure', ({ error }) => listener(error))
    return this
  }

  disconnect(): Promise<void> {
    return this.#cache.close()
  }

  async *#entries(): AsyncGenerator<[string, unknown], void> {
    for await (const [place, stored] of this.#view.entries()) {
      const [key, value] = foundIn(place, stored)
      yield [key, value]
    }
  }

  /**
   * Keyv 5 begins its keys with its namespace: so where two of them share a store, each still finds what is its own,
   * though the other was the last to say whose keys come.
   */
  #viewOf(key: string): CacheLike {
    let longest = ''
    for (const name of this.#views.keys()) {
      if (name.length > longest.length && key.startsWith(`${name}:`)) longest = name
    }
    const name = longest === '' ? (this.#namespace ?? '') : longest
    this.#used.add(name)
    return this.#views.get(name) ?? this.#view
  }

  #viewOfAll(keys: readonly string[]): CacheLike | undefined {
    const [view, other] = new Set(keys.map((key) => this.#viewOf(key)))
    return other === undefined ? (view ?? this.#view) : undefined
  }
}

function valueIn(place: string, stored: unknown): unknown {
  return stored === undefined ? undefined : foundIn(place, stored)[1]
}

function isOver(ttl: number | undefined): boolean {
  return ttl !== undefined && ttl <= 0
}

/** What is no number of milliseconds is no lifetime to Keyv either. */
function lifetimeOf(ttl: number | undefined): { readonly ttlMs?: number } {
  return typeof ttl === 'number' && ttl > 0 ? { ttlMs: ttl } : {}
}

/** Keyv's `{ value, expires }` without what is undefined in it, which few codecs carry and nobody misses. */
function stripped(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('value' in value) || !('expires' in value)) return value
  if (value.value !== undefined && value.expires !== undefined) return value
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
}
