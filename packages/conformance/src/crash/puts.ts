import type { Change, Shell } from '@cachette/core'
import { bytesOf, marksOf } from './values.js'

/** The put of a write: an entry that never expires, whose value says which write it is. */
export function putOf(store: Shell<Uint8Array>, key: string, write: number, length: number): Change {
  const version = store.versions.next()
  const entry = {
    createdAt: store.clock.now(),
    staleAt: Infinity,
    expiresAt: Infinity,
    keptUntil: Infinity,
    version,
    kind: 'value',
    tags: [],
    marks: marksOf(write, length),
    size: length,
    value: bytesOf(key, write, length),
  } as const
  return { key, entry, version }
}

export function removalOf(store: Shell<Uint8Array>, key: string): Change {
  return { key, entry: undefined, version: store.versions.next() }
}
