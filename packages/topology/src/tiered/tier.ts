import {
  type Awaitable,
  andThen,
  type Bytes,
  type Call,
  type Change,
  type Clock,
  type Found,
  json,
  type Page,
  type Shell,
  type Store,
  shell,
  type Traits,
  type Versions,
} from '@cachette/core'
import { type Encoding, encoding, mapped } from '@cachette/core/adapter'
import type { TierOptions } from './options.js'

/** Changes as a tier stores them. Encoded before anything is written anywhere. */
export interface Prepared {
  /** Writes those whose place in the batch it is told to; all, where it is told nothing. */
  write(call: Call, chosen?: readonly number[]): Awaitable<readonly boolean[]>
}

/** A store with its shell on, and what turns values into what it holds. */
export interface Tier<V> {
  readonly name: string
  readonly traits: Traits
  /** Whether making values into what it holds may take its time. */
  readonly slow: boolean
  readonly versions: Versions
  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]>
  readOne(key: string, call: Call): Awaitable<Found<V> | undefined>
  prepare(changes: readonly Change<V>[]): Awaitable<Prepared>
  scan(prefix: string, call: Call): AsyncIterable<Page<V>>
  clear(prefix: string, call: Call): Awaitable<void>
  close(): Awaitable<void>
}

/** By its codec, by JSON where it takes bytes and the others any value, or as it is. */
export function tierOf<V>(options: TierOptions<V>, takesBytes: boolean, clock: Clock | undefined): Tier<V> {
  if (isOfBytes(options, takesBytes)) {
    return new EncodedTier(shell(options.store, { clock }), encoding(options.encode ?? [json<V>()]))
  }
  return new PlainTier(shell(options.store, { clock }))
}

function isOfBytes<V>(
  options: TierOptions<V>,
  takesBytes: boolean,
): options is TierOptions<V> & { readonly store: Store<Bytes> } {
  return options.encode !== undefined || (options.store.traits.values === 'bytes' && !takesBytes)
}

class PlainTier<V> implements Tier<V> {
  readonly slow = false
  readonly #shell: Shell<V>

  constructor(own: Shell<V>) {
    this.#shell = own
  }

  get name(): string {
    return this.#shell.name
  }

  get traits(): Traits {
    return this.#shell.traits
  }

  get versions(): Versions {
    return this.#shell.versions
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return this.#shell.read(keys, call)
  }

  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    return readOne(this.#shell, key, call)
  }

  prepare(changes: readonly Change<V>[]): Prepared {
    return { write: (call, chosen) => this.#shell.write(pick(changes, chosen), call) }
  }

  scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    return this.#shell.scan(prefix, call)
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    return this.#shell.clear(prefix, call)
  }

  close(): Awaitable<void> {
    return this.#shell.close()
  }
}

class EncodedTier<V> implements Tier<V> {
  readonly #shell: Shell<Bytes>
  readonly #encoding: Encoding<V>

  constructor(own: Shell<Bytes>, coding: Encoding<V>) {
    this.#shell = own
    this.#encoding = coding
  }

  get name(): string {
    return this.#shell.name
  }

  get traits(): Traits {
    return this.#shell.traits
  }

  get slow(): boolean {
    return this.#encoding.async
  }

  get versions(): Versions {
    return this.#shell.versions
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return andThen(this.#shell.read(keys, call), (found) =>
      mapped(found, (entry, index) => this.#decoded(entry, keys[index] ?? '')),
    )
  }

  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    return andThen(readOne(this.#shell, key, call), (found) => this.#decoded(found, key))
  }

  prepare(changes: readonly Change<V>[]): Awaitable<Prepared> {
    const encoded = mapped(changes, (change) =>
      change.entry === undefined
        ? { ...change, entry: undefined }
        : andThen(this.#encoding.encode(change.entry, change.key), (entry) => ({ ...change, entry })),
    )
    return andThen(encoded, (ready) => ({ write: (call, chosen) => this.#shell.write(pick(ready, chosen), call) }))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    for await (const page of this.#shell.scan(prefix, call)) {
      yield await Promise.all(page.map(async ([key, found]) => [key, await this.#encoding.decode(found, key)] as const))
    }
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    return this.#shell.clear(prefix, call)
  }

  close(): Awaitable<void> {
    return this.#shell.close()
  }

  #decoded(found: Found | undefined, key: string): Awaitable<Found<V> | undefined> {
    return found === undefined ? undefined : this.#encoding.decode(found, key)
  }
}

function readOne<S>(own: Shell<S>, key: string, call: Call): Awaitable<Found<S> | undefined> {
  if (own.readOne !== undefined) return own.readOne(key, call)
  return andThen(own.read([key], call), ([found]) => found)
}

function pick<T>(all: readonly T[], chosen: readonly number[] | undefined): readonly T[] {
  if (chosen === undefined) return all
  return chosen.flatMap((index) => all[index] ?? [])
}
