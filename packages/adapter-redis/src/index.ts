import type { Bytes, Store } from '@cachette/core'
import { RedisStore } from './adapter.js'
import { routerOf } from './open.js'
import { type ConnectionOptions, parse, type RedisOptions, type ServerAddress } from './options.js'

export type { Replicas } from './exchange.js'
export type { ConnectionOptions, RedisOptions, ServerAddress }

/** Entries on Redis: one server, whichever is the master by Sentinel, or a cluster. It connects with the first call. */
export function redis(options: RedisOptions = {}): Store<Bytes> {
  const settings = parse(options)
  return new RedisStore(routerOf(options, settings), settings)
}
