import type { Bytes, Change } from '@cachette/core'
import { copyOf } from '@cachette/core/adapter'

/** The change with bytes that nobody else can change while it is under way. Only stores of bytes are isolated. */
export function ownCopy<V>(change: Change<V>): Change<V> {
  const { entry } = change
  if (!(entry?.value instanceof Uint8Array)) return change
  return { ...change, entry: { ...entry, value: copyOf(entry.value) as V & Bytes } }
}
