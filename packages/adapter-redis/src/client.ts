import { type RedisOptions as DriverOptions, Redis } from 'ioredis'
import type { ConnectionOptions } from './options.js'

/** One connection, made when it is told to; never another, and nothing is sent twice or kept to be sent later. */
const ONCE = {
  lazyConnect: true,
  retryStrategy: null,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  enableAutoPipelining: false,
} as const satisfies DriverOptions

export function clientFor(connection: ConnectionOptions, connectMs: number, attempt: number): Redis {
  const { sentinels } = connection
  const options = { ...connection, ...ONCE, connectTimeout: connectMs, protocol: 2 } as const
  if (sentinels === undefined || sentinels === null) return new Redis(options)
  // The first that answers is believed. One that is silent leaves time for the others, and is not the first to be asked again.
  const first = attempt % sentinels.length
  const patienceMs = Math.ceil(connectMs / (sentinels.length + 1))
  return new Redis({
    ...options,
    sentinels: [...sentinels.slice(first), ...sentinels.slice(0, first)],
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: patienceMs,
    connectTimeout: patienceMs,
    updateSentinels: false,
  })
}

/** A connection of its own to where another client's leads. */
export function besideOf(client: Redis, connectMs: number): Redis {
  return client.duplicate({ ...ONCE, connectTimeout: connectMs })
}
