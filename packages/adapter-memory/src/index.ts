import type { Bytes, Store } from '@cachette/core'
import { MemoryStore } from './adapter.js'
import { copying } from './copies.js'
import { type MemoryOptions, parse } from './options.js'

export type { MemoryOptions }

/** Values of any kind by reference, or with `copies: true` a byte store whose entries nobody else can change. */
export function memory<V = unknown>(options?: MemoryOptions & { readonly copies?: false | undefined }): Store<V>
export function memory(options: MemoryOptions): Store<Bytes>
export function memory<V>(options?: MemoryOptions): Store<V> | Store<Bytes> {
  const { copies, clock } = parse(options)
  return copies ? copying(new MemoryStore(clock)) : new MemoryStore<V>(clock)
}
