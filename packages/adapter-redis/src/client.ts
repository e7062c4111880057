import { type RedisOptions as DriverOptions, Redis } from 'ioredis'
import type { ConnectionOptions } from './options.js'

/**
 * A client that makes one connection when it is told to, and neither makes another by itself nor sends anything
 * twice. What it is asked before and after fails.
 */
export function clientFor(connection: ConnectionOptions, connectMs: number, attempt: number): Redis {
  const options: Omit<DriverOptions, 'replyMapping'> = {
    ...connection,
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    connectTimeout: connectMs,
    protocol: 2,
  }
  const { sentinels } = connection
  if (sentinels === undefined || sentinels === null) return new Redis(options)
  // The first that answers is believed; one that is silent must leave time for the others, and is not asked first again.
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
