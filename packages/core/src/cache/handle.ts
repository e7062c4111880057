import type { Bytes, Call, Traits } from '../contract.js'
import { checkKey, SEPARATOR, utf8Length } from '../keys.js'
import type { Flights } from '../loading/flights.js'
import { Loading } from '../loading/loading.js'
import { getOrSetMany } from '../loading/many.js'
import { type BatchLoader, LOAD_RULES, type Loader, type LoadOptions } from '../loading/options.js'
import { checkOptions, FUNCTION, POSITIVE_MS, type Rules, wrong } from '../options.js'
import type { CacheEventName, CacheEvents } from '../told.js'
import type { ValueLayer } from '../values.js'
import { CALLER_RULES, type CallerOptions, Engine } from './engine.js'
import { increment } from './increment.js'
import { ENTRY_RULES, LIFETIME_RULES, type LifetimeOptions, lifetimesOf } from './lifetimes.js'
import { lookup } from './lookup.js'
import { type StreamOptions, StreamSet } from './streams.js'
import { SyncHandle } from './sync.js'
import type { Cache, IncrementOptions, Lookup, SyncCache, WrapOptions } from './types.js'
import { type Pair, type TouchOptions, VerbSet, type WriteOptions } from './verbs.js'

const WRAP_RULES: Rules<WrapOptions<readonly []>> = /* @__PURE__ */ Object.assign(
  { key: FUNCTION, deadlineMs: POSITIVE_MS },
  LOAD_RULES,
  ENTRY_RULES,
)

/** What a handle stands on. Namespaces share all of it but the engine. */
export interface HandleParts<V, S> {
  readonly name: string
  readonly engine: Engine<V, S>
  readonly flights: Flights<V, S>
  readonly layers: readonly ValueLayer[]
  close(): Promise<void>
}

/** The verbs as people call them: every answer a promise, every failure a rejection. */
export class Handle<V, S> implements Cache<V> {
  readonly name: string
  readonly traits: Traits
  readonly sync: SyncCache<V>
  readonly #parts: HandleParts<V, S>
  readonly #engine: Engine<V, S>
  readonly #verbs: VerbSet<V, S>
  readonly #loading: Loading<V, S>
  readonly #streams: StreamSet<V, S>

  constructor(parts: HandleParts<V, S>) {
    this.name = parts.name
    this.traits = parts.engine.parts.traits
    this.#parts = parts
    this.#engine = parts.engine
    this.#verbs = new VerbSet(parts.engine)
    this.#loading = new Loading(parts.engine, parts.flights)
    this.#streams = new StreamSet(parts.engine, parts.layers)
    this.sync = new SyncHandle(parts.engine, (key) => parts.flights.current(key) !== undefined)
  }

  async get(key: string, options?: CallerOptions): Promise<V | undefined> {
    return this.#verbs.get(key, options)
  }

  async set(key: string, value: V, options?: WriteOptions): Promise<void> {
    return this.#verbs.set(key, value, options)
  }

  async add(key: string, value: V, options?: WriteOptions): Promise<boolean> {
    return this.#verbs.add(key, value, options)
  }

  async delete(key: string, options?: CallerOptions): Promise<boolean> {
    return this.#verbs.delete(key, options)
  }

  async take(key: string, options?: CallerOptions): Promise<V | undefined> {
    return this.#verbs.take(key, options)
  }

  async has(key: string, options?: CallerOptions): Promise<boolean> {
    return this.#verbs.has(key, options)
  }

  async getMany(keys: readonly string[], options?: CallerOptions): Promise<readonly (V | undefined)[]> {
    return this.#verbs.getMany(keys, options)
  }

  async setMany(pairs: Iterable<Pair<V>>, options?: WriteOptions): Promise<void> {
    return this.#verbs.setMany(pairs, options)
  }

  async deleteMany(keys: readonly string[], options?: CallerOptions): Promise<readonly boolean[]> {
    return this.#verbs.deleteMany(keys, options)
  }

  async getOrSet(key: string, load: Loader<V>, options?: LoadOptions): Promise<V> {
    return this.#loading.getOrSet(key, load, options)
  }

  async getOrSetMany(
    keys: readonly string[],
    load: BatchLoader<V>,
    options?: LoadOptions,
  ): Promise<readonly (V | undefined)[]> {
    return getOrSetMany(this.#engine, this.#loading, keys, load, options)
  }

  wrap<Args extends readonly unknown[]>(
    run: (...args: Args) => V | Promise<V>,
    options: WrapOptions<Args>,
  ): (...args: Args) => Promise<V> {
    const { key, ...rest } = checkOptions<WrapOptions<Args>>('wrap', options, WRAP_RULES)
    if (key === undefined) throw wrong('wrap needs the option key: a function from the arguments to the key')
    return async (...args) => this.#loading.getOrSet(key(...args), () => run(...args), rest)
  }

  async update(key: string, make: (value: V | undefined) => V, options?: WriteOptions): Promise<V> {
    return this.#verbs.update(key, make, options)
  }

  async increment(key: string, by = 1, options?: IncrementOptions): Promise<number> {
    return increment(this.#verbs, key, by, options)
  }

  async touch(key: string, options?: TouchOptions): Promise<boolean> {
    return this.#verbs.touch(key, options)
  }

  async *keys(options?: CallerOptions): AsyncIterable<string> {
    for await (const [key] of this.#scan(this.#engine.call(options, CALLER_RULES, 'header'))) yield key
  }

  async *entries(options?: CallerOptions): AsyncIterable<readonly [key: string, value: V]> {
    const call = this.#engine.call(options, CALLER_RULES)
    for await (const [key, found, full] of this.#scan(call)) {
      const value = await this.#engine.open(found, full, call)
      if (value !== undefined) yield [key, value]
    }
  }

  async clear(options?: CallerOptions): Promise<void> {
    return this.#verbs.clear(options)
  }

  namespace(name: string, lifetimes?: LifetimeOptions): Cache<V> {
    const { engine, ...parts } = this.#parts
    // It must leave room for its separator, and for a key of one letter.
    checkKey(name, engine.room - utf8Length(SEPARATOR) - 1)
    if (lifetimes !== undefined) checkOptions('namespace', lifetimes, LIFETIME_RULES)
    const view = new Engine(engine.parts, engine.prefix + name + SEPARATOR, lifetimesOf(lifetimes, engine.lifetimes))
    return new Handle({ ...parts, engine: view, name: `${this.name}/${name}`, close: async () => undefined })
  }

  async lookup(key: string, options?: CallerOptions): Promise<Lookup<V>> {
    return lookup(this.#engine, key, options)
  }

  async getStream(key: string, options?: CallerOptions): Promise<ReadableStream<Bytes> | undefined> {
    return this.#streams.get(key, options)
  }

  async setStream(key: string, body: ReadableStream<Bytes>, options?: StreamOptions): Promise<void> {
    return this.#streams.set(key, body, options)
  }

  on<N extends CacheEventName>(name: N, listener: (event: CacheEvents[N]) => void): () => void {
    return this.#engine.parts.events.on(name, listener)
  }

  close(): Promise<void> {
    return this.#parts.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async *#scan(call: Call) {
    const { parts, prefix } = this.#engine
    const seen: string[] = []
    try {
      for await (const page of parts.stack.scan(prefix, call)) {
        for (const [full, found] of page) {
          const key = full.slice(prefix.length)
          if (key.includes(SEPARATOR)) continue
          if (parts.events.hears('scan')) seen.push(full)
          yield [key, found, full] as const
        }
      }
    } finally {
      this.#engine.tell('scan', call, seen, () => seen.map(() => 'hit'))
    }
  }
}
