import {
  CacheError,
  type Clock,
  checkOptions,
  RULES,
  type Rule,
  type Rules,
  SEPARATOR,
  systemClock,
} from '@cachette/core'
import type { Cluster, RedisOptions as DriverOptions, Redis } from 'ioredis'
import type { Replicas } from './exchange.js'

/** What the driver is told of where to connect, and how. All else about the connection is the store's business. */
export type ConnectionOptions = Pick<
  DriverOptions,
  | 'host'
  | 'port'
  | 'path'
  | 'family'
  | 'db'
  | 'username'
  | 'password'
  | 'tls'
  | 'sentinels'
  | 'name'
  | 'sentinelUsername'
  | 'sentinelPassword'
  | 'sentinelTLS'
  | 'enableTLSForSentinelMode'
  | 'natMap'
  | 'connectionName'
  | 'keepAlive'
  | 'noDelay'
>

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

export interface RedisOptions {
  /** `redis://user:password@host:port/db`, or `rediss://…` over TLS. Default, if nothing says where: `redis://localhost:6379`. */
  readonly url?: string | undefined
  /** Where and how to connect, as ioredis takes it; with `sentinels` and `name`, by way of Sentinel. Goes before `url`. */
  readonly connection?: ConnectionOptions | undefined
  /** Some servers of a cluster; the others are found by themselves. `connection` says how to connect to each. */
  readonly cluster?: readonly (ServerAddress | string)[] | undefined
  /** A client that is yours, and stays it: you close it. Instead of the three above. */
  readonly client?: Redis | Cluster | undefined
  /** Begins every name in Redis, so that what others store there is never touched. Default `cachette`. */
  readonly root?: string | undefined
  /** How long connecting may take. Default 1000. */
  readonly connectMs?: number | undefined
  /** Writes count once so many replicas have them; waiting for that costs their round trip. Default: the master alone. */
  readonly wait?: Replicas | undefined
  /** `any` where the server's `maxmemory-policy` lets it drop entries. Default `no`. */
  readonly evicts?: 'no' | 'any' | undefined
  /** Of deadlines and of pauses between attempts to connect. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface Settings {
  readonly root: string
  readonly connectMs: number
  readonly wait: Replicas | undefined
  readonly evicts: 'no' | 'any'
  readonly clock: Clock
}

export const DEFAULTS = {
  url: 'redis://localhost:6379',
  root: 'cachette',
  connectMs: 1_000,
  wait: undefined,
  evicts: 'no',
  clock: systemClock,
} as const satisfies Settings & { readonly url: string }

export const ROOT: Rule = {
  expected: 'a well-formed, non-empty string without U+241F',
  accepts: (value) => typeof value === 'string' && value !== '' && value.isWellFormed() && !value.includes(SEPARATOR),
}

const EVICTS: Rule = { expected: '"no" or "any"', accepts: (value) => value === 'no' || value === 'any' }

const ACCEPTED: Rules<RedisOptions> = {
  url: RULES.text,
  connection: RULES.object,
  cluster: RULES.list,
  client: RULES.object,
  root: ROOT,
  connectMs: RULES.positiveMs,
  wait: RULES.object,
  evicts: EVICTS,
  clock: RULES.clock,
}

export const CONNECTION: Rules<ConnectionOptions> = {
  host: RULES.text,
  port: RULES.positiveInteger,
  path: RULES.text,
  family: RULES.any,
  db: RULES.any,
  username: RULES.any,
  password: RULES.any,
  tls: RULES.object,
  sentinels: RULES.list,
  name: RULES.text,
  sentinelUsername: RULES.any,
  sentinelPassword: RULES.any,
  sentinelTLS: RULES.object,
  enableTLSForSentinelMode: RULES.boolean,
  natMap: RULES.any,
  connectionName: RULES.text,
  keepAlive: RULES.any,
  noDelay: RULES.boolean,
}

const REPLICAS: Rules<Replicas> = { replicas: RULES.positiveInteger, timeoutMs: RULES.positiveInteger }

export function parse(options: RedisOptions): Settings {
  const { url, connection, cluster, client, wait } = checkOptions('redis', options, ACCEPTED)
  if (connection !== undefined) checkOptions('redis connection', connection, CONNECTION)
  if (wait !== undefined) checkOptions('redis wait', wait, REPLICAS, ['replicas', 'timeoutMs'])
  const others = Object.entries({ url, connection, cluster }).filter(([, value]) => value !== undefined)
  if (client !== undefined && others.length > 0) throw clash('client', others)
  if (cluster !== undefined && url !== undefined) throw clash('cluster', [['url']])
  if (cluster?.length === 0) throw wrong('redis: expected cluster to name at least one server, got none')
  const { root = DEFAULTS.root, connectMs = DEFAULTS.connectMs } = options
  const { evicts = DEFAULTS.evicts, clock = DEFAULTS.clock } = options
  return { root, connectMs, wait, evicts, clock }
}

/** The options of the driver for a URL. What `connection` says goes before. */
export function connectionOf(text: string, given: ConnectionOptions = {}): ConnectionOptions {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSecure = url?.protocol === 'rediss:'
  if (url === undefined || !(isSecure || url.protocol === 'redis:')) {
    throw wrong('redis: expected a URL as redis://host:port or rediss://host:port, got another')
  }
  if (url.search !== '' || url.hash !== '' || !/^(\/\d*)?$/.test(url.pathname)) {
    throw wrong('redis: expected nothing in the URL after the number of the database; say the rest in connection')
  }
  const db = url.pathname.slice(1)
  return {
    // Of an IPv6 address, what is between the brackets.
    host: url.hostname === '' ? 'localhost' : url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ...(db !== '' && { db: Number(db) }),
    ...(isSecure && { tls: {} }),
    ...given,
  }
}

function clash(one: string, others: readonly (readonly [string, ...unknown[]])[]): CacheError {
  return wrong(
    `redis: expected ${one} alone to say where to connect, got ${others.map(([name]) => name).join(' and ')}`,
  )
}

export function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message)
}
