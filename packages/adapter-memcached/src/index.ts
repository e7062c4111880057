import type { Bytes, Store } from '@cachette/core'
import { MemcachedStore } from './adapter.js'
import { type Login, type MemcachedOptions, parse, type ServerAddress } from './options.js'

export type { Login, MemcachedOptions, ServerAddress }

/** Entries on Memcached, on one server or shared out among several. It connects with the first call. */
export function memcached(options: MemcachedOptions = {}): Store<Bytes> {
  return new MemcachedStore(parse(options))
}
