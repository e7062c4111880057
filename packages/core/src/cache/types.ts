import type { Bytes, Traits } from '../contract.js'
import type { CacheError } from '../errors.js'
import type { BatchLoader, Loader, LoadOptions } from '../loading/options.js'
import type { CacheEventName, CacheEvents } from '../told.js'
import type { CallerOptions } from './engine.js'
import type { LifetimeOptions } from './lifetimes.js'
import type { StreamOptions } from './streams.js'
import type { Pair, TouchOptions, WriteOptions } from './verbs.js'

export interface LookupFound<V, Outcome extends 'hit' | 'stale'> {
  readonly outcome: Outcome
  readonly value: V
  readonly ageMs: number
  /** Until it is absent; `Infinity` for an entry without an end. */
  readonly expiresInMs: number
  readonly tags: readonly string[]
  /** The store that answered. */
  readonly tier: string
}

/** What `lookup` knows of a key. */
export type Lookup<V> =
  | LookupFound<V, 'hit'>
  | LookupFound<V, 'stale'>
  | { readonly outcome: 'miss'; readonly why: MissReason; readonly tier: string }
  | { readonly outcome: 'unavailable'; readonly error: CacheError; readonly tier: string }

/**
 * Why nothing is given: nothing is stored; it has expired (and may still be kept); it is being loaded by some process;
 * it was removed and that is remembered; it is damaged; a layer hides it.
 */
export type MissReason = 'absent' | 'expired' | 'loading' | 'removed' | 'damaged' | 'hidden'

export interface IncrementOptions extends WriteOptions {
  /** What an absent key counts from. Default 0. */
  readonly initial?: number | undefined
}

export interface WrapOptions<Args extends readonly unknown[]> extends Omit<LoadOptions, 'signal'> {
  /** The key of a call, by its arguments. */
  readonly key: (...args: Args) => string
}

/** A cache, or a namespace of one: the same verbs over a part of its keys. */
export interface Cache<V> {
  readonly name: string
  readonly traits: Traits
  /** The same verbs without promises, as far as the traits say; where an answer is not ready, they throw. */
  readonly sync: SyncCache<V>

  get(key: string, options?: CallerOptions): Promise<V | undefined>
  set(key: string, value: V, options?: WriteOptions): Promise<void>
  /** Stores it only where nothing is; says whether it did. */
  add(key: string, value: V, options?: WriteOptions): Promise<boolean>
  /** Says whether something was there. */
  delete(key: string, options?: CallerOptions): Promise<boolean>
  /** Removes it and gives what it was: of several takers exactly one gets it. */
  take(key: string, options?: CallerOptions): Promise<V | undefined>
  has(key: string, options?: CallerOptions): Promise<boolean>

  /** In the order of the keys. */
  getMany(keys: readonly string[], options?: CallerOptions): Promise<readonly (V | undefined)[]>
  setMany(pairs: Iterable<Pair<V>>, options?: WriteOptions): Promise<void>
  deleteMany(keys: readonly string[], options?: CallerOptions): Promise<readonly boolean[]>

  /** What is there, or what the loader gives: one load for any number of callers. */
  getOrSet(key: string, load: Loader<V>, options?: LoadOptions): Promise<V>
  getOrSetMany(
    keys: readonly string[],
    load: BatchLoader<V>,
    options?: LoadOptions,
  ): Promise<readonly (V | undefined)[]>
  /** The function, with its results in the cache. */
  wrap<Args extends readonly unknown[]>(
    run: (...args: Args) => V | Promise<V>,
    options: WrapOptions<Args>,
  ): (...args: Args) => Promise<V>

  /** Replaces a value by what `make` makes of it, as one step. `make` answers at once; it may run again. */
  update(key: string, make: (value: V | undefined) => V, options?: WriteOptions): Promise<V>
  /** Adds to a number. */
  increment(
    this: number extends V ? Cache<V> : never,
    key: string,
    by?: number,
    options?: IncrementOptions,
  ): Promise<number>
  /** Gives an entry a new lifetime; says whether it was there. */
  touch(key: string, options?: TouchOptions): Promise<boolean>

  /** The keys of this namespace, nested ones left out. */
  keys(options?: CallerOptions): AsyncIterable<string>
  entries(options?: CallerOptions): AsyncIterable<readonly [key: string, value: V]>
  /** Removes all of this namespace, nested ones included, and nothing else. */
  clear(options?: CallerOptions): Promise<void>
  /** A view of the keys below a name, with lifetimes of its own where given. It has nothing to close. */
  namespace(name: string, lifetimes?: LifetimeOptions): Cache<V>

  /** What is there and what is known of it, without loading or sliding. */
  lookup(key: string, options?: CallerOptions): Promise<Lookup<V>>
  /** A value as a stream, where the store has streams. */
  getStream(key: string, options?: CallerOptions): Promise<ReadableStream<Bytes> | undefined>
  setStream(key: string, body: ReadableStream<Bytes>, options?: StreamOptions): Promise<void>

  /** Listens; gives the way to stop. A listener that throws disturbs nobody. */
  on<N extends CacheEventName>(name: N, listener: (event: CacheEvents[N]) => void): () => void
  /** Aborts loads, waits for what is under way, and closes the store unless another cache uses it. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface SyncCache<V> {
  get(key: string, options?: CallerOptions): V | undefined
  set(key: string, value: V, options?: WriteOptions): void
  add(key: string, value: V, options?: WriteOptions): boolean
  delete(key: string, options?: CallerOptions): boolean
  take(key: string, options?: CallerOptions): V | undefined
  has(key: string, options?: CallerOptions): boolean
  getMany(keys: readonly string[], options?: CallerOptions): readonly (V | undefined)[]
  setMany(pairs: Iterable<Pair<V>>, options?: WriteOptions): void
  deleteMany(keys: readonly string[], options?: CallerOptions): readonly boolean[]
  /** The loader answers at once too. */
  getOrSet(key: string, load: () => V, options?: WriteOptions): V
  update(key: string, make: (value: V | undefined) => V, options?: WriteOptions): V
  increment(this: number extends V ? SyncCache<V> : never, key: string, by?: number, options?: IncrementOptions): number
  touch(key: string, options?: TouchOptions): boolean
  clear(options?: CallerOptions): void
}
