import type { Bus, Bytes, Store } from '@cachette/core'
import { RedisStore } from './adapter.js'
import { RedisBus } from './bus.js'
import { parseBus, type RedisBusOptions } from './bus-options.js'
import { routerOf } from './open.js'
import { type ConnectionOptions, parse, type RedisOptions, type ServerAddress } from './options.js'

export type { Replicas } from './exchange.js'
export type { ConnectionOptions, RedisBusOptions, RedisOptions, ServerAddress }

/** Entries on Redis: one server, whichever is the master by Sentinel, or a cluster. It connects with the first call. */
export function redis(options: RedisOptions = {}): Store<Bytes> {
  const settings = parse(options)
  return new RedisStore(routerOf(options, settings), settings)
}

/** How processes that share the servers tell each other what they changed. It connects with the first call. */
export function redisBus(options: RedisBusOptions = {}): Bus {
  return new RedisBus(parseBus(options))
}
