import type { Bytes, Store } from '@cachette/core'
import { RedisStore } from './adapter.js'
import { clientFor } from './client.js'
import { OwnLink } from './link.js'
import { type ConnectionOptions, connectionOf, DEFAULTS, parse, type RedisOptions } from './options.js'
import { SingleRouter } from './router.js'
import { Server } from './server.js'

export type { ConnectionOptions, RedisOptions }

/** Entries on Redis. It connects with the first call. */
export function redis(options: RedisOptions = {}): Store<Bytes> {
  const settings = parse(options)
  const { clock, connectMs, wait } = settings
  const connection =
    options.url === undefined
      ? (options.connection ?? connectionOf(DEFAULTS.url))
      : connectionOf(options.url, options.connection)
  const link = new OwnLink({
    clock,
    connectMs,
    role: connection.sentinels === undefined ? 'any' : 'master',
    make: (attempt) => clientFor(connection, connectMs, attempt),
  })
  return new RedisStore(new SingleRouter(new Server({ source: 'redis', clock, link, wait })), settings)
}
