import type { CacheError } from '@cachette/core'
import type { Cluster, Redis } from 'ioredis'
import { wrong } from './options.js'

/** Settings of a client that would break a law, and what to set instead. */
interface Demand {
  readonly setting: string
  readonly breaks: string
  readonly remedy: string
}

const NO_PREFIX: Demand = {
  setting: 'keyPrefix',
  breaks: 'scans would find other names than writes have made',
  remedy: "set no keyPrefix, and give the store a root: redis({ client, root: '…' })",
}
const NO_REPEATS: Demand = {
  setting: 'maxRetriesPerRequest',
  breaks: 'what was sent before a connection was lost would be sent again, so that a write may happen twice',
  remedy: 'set maxRetriesPerRequest: 0',
}
const RECONNECTS: Demand = {
  setting: 'retryStrategy',
  breaks: 'the client would never connect again',
  remedy: 'leave retryStrategy as it is, or give a function that gives milliseconds',
}
const MASTER: Demand = {
  setting: 'readOnly',
  breaks: 'a replica takes no writes, and may answer with what is no longer so',
  remedy: 'set readOnly: false',
}
const COMMANDS: Demand = {
  setting: 'monitor',
  breaks: 'a client that watches others takes no commands',
  remedy: 'hand in a client of its own',
}

/** Refuses a client with which a law could not be kept. */
export function checkClient(client: Redis | Cluster): void {
  for (const demand of isCluster(client) ? unmetByCluster(client) : unmetBy(client)) throw refusal(demand)
}

export function isCluster(client: Redis | Cluster): client is Cluster {
  return client.isCluster
}

function unmetBy({ options }: Redis): Demand[] {
  return [
    ...(isSet(options.keyPrefix) ? [NO_PREFIX] : []),
    ...(options.maxRetriesPerRequest === 0 ? [] : [NO_REPEATS]),
    ...(typeof options.retryStrategy === 'function' ? [] : [RECONNECTS]),
    ...(options.readOnly === true || options.role === 'slave' ? [MASTER] : []),
    ...(options.monitor === true ? [COMMANDS] : []),
  ]
}

/** A cluster's client makes one for each server, and by default these do not connect again: it makes new ones. */
function unmetByCluster({ options }: Cluster): Demand[] {
  const { redisOptions = {} } = options
  const repeats = typeof options.clusterNodeRetryStrategy === 'function' && redisOptions.maxRetriesPerRequest !== 0
  return [
    ...(isSet(options.keyPrefix) || isSet(redisOptions.keyPrefix) ? [NO_PREFIX] : []),
    ...(repeats ? [{ ...NO_REPEATS, setting: 'redisOptions.maxRetriesPerRequest' }] : []),
    ...(typeof options.clusterRetryStrategy === 'function' ? [] : [{ ...RECONNECTS, setting: 'clusterRetryStrategy' }]),
  ]
}

function isSet(prefix: string | undefined): boolean {
  return prefix !== undefined && prefix !== ''
}

function refusal({ setting, breaks, remedy }: Demand): CacheError {
  return wrong(`redis: expected another ${setting} of the client: with this one ${breaks}. Remedy: ${remedy}`)
}
