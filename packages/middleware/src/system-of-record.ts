/**
 * What `readThrough`, `writeThrough` and `writeBehind` share: the system of record knows values as users do, and a
 * store of bytes does not, so over one they are given the encoding of the cache.
 */

import {
  type Awaitable,
  andThen,
  type Bytes,
  CacheError,
  type Change,
  type Entry,
  type Found,
  type Traits,
  type Version,
} from '@cachette/core'
import { type EncodeList, type Encoding, encoding } from '@cachette/core/adapter'

/** A change as the system of record is told of it. */
export interface RecordChange<V> {
  readonly key: string
  /** `undefined` where the key was removed. */
  readonly value: V | undefined
  /** Ordered: of two changes of one key the later one has the greater. */
  readonly version: Version
  readonly expiresAt: number
}

/** Between what the store holds and what the system of record knows. */
export interface Values<V, S> {
  open(entry: Entry<S>, key: string): Awaitable<V>
  seal(entry: Entry<V>, key: string): Awaitable<Entry<S>>
}

export function byReference<V>(): Values<V, V> {
  return { open: (entry) => entry.value, seal: (entry) => entry }
}

export function byEncoding<V>(list: EncodeList<V>): Values<V, Bytes> {
  const coding: Encoding<V> = encoding(list)
  return {
    open: (entry, key) => andThen(coding.decode(entry, key), (found) => valueIn(found, key)),
    seal: (entry, key) => coding.encode(entry, key),
  }
}

export function changeOf<V, S>(values: Values<V, S>, change: Change<S>): Awaitable<RecordChange<V>> {
  const { key, entry, version } = change
  if (entry === undefined) return { key, value: undefined, version, expiresAt: Number.POSITIVE_INFINITY }
  return andThen(values.open(entry, key), (value) => ({ key, value, version, expiresAt: entry.expiresAt }))
}

/** A store of bytes holds what nobody but its codec can read. */
export function checkEncoding(
  layer: string,
  next: { readonly name: string; readonly traits: Traits },
  encode: readonly unknown[] | undefined,
): void {
  const isOfBytes = next.traits.values === 'bytes'
  if (isOfBytes === (encode !== undefined)) return
  const remedy = isOfBytes
    ? `${next.name} holds bytes: give ${layer} the encode list of the cache, as encode: [json()]`
    : `${next.name} holds values as they are: leave encode out`
  throw new CacheError('INVALID_OPTION', remedy, { source: layer })
}

/** What its callers write, as opposed to what the cache writes of its own: loads come from the system of record. */
export function isCallers(
  change: Change<unknown>,
  call: { readonly load?: unknown; readonly aside?: boolean | undefined },
): boolean {
  return call.load === undefined && call.aside !== true && (change.entry === undefined || change.entry.kind === 'value')
}

function valueIn<V>(found: Found<V>, key: string): V {
  if (found.value !== undefined && found.kind !== 'damaged') return found.value
  throw new CacheError('CORRUPT', `the value of ${JSON.stringify(key)} cannot be read with this encode list`)
}
