import type { Change, Entry, Shell, Version } from '@cachette/core'
import { bytesOf, marksOf } from '../values.js'

/** An entry that never expires. */
export function entryOf(store: Shell<Uint8Array>, version: Version, value: Uint8Array): Entry {
  return {
    createdAt: store.clock.now(),
    staleAt: Infinity,
    expiresAt: Infinity,
    keptUntil: Infinity,
    version,
    kind: 'value',
    tags: [],
    marks: {},
    size: value.length,
    value,
  }
}

/** The put of a write, whose value says which write it is. */
export function putOf(store: Shell<Uint8Array>, key: string, write: number, length: number): Change {
  const version = store.versions.next()
  const entry = { ...entryOf(store, version, bytesOf(key, write, length)), marks: marksOf(write, length) }
  return { key, entry, version }
}

export function removalOf(store: Shell<Uint8Array>, key: string): Change {
  return { key, entry: undefined, version: store.versions.next() }
}
