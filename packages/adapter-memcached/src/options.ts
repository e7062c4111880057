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

export interface ServerAddress {
  readonly host: string
  /** Default 11211. */
  readonly port?: number | undefined
  /** Of the keys it gets so many times as many as a server of weight 1. Default 1. */
  readonly weight?: number | undefined
}

export interface Login {
  readonly username: string
  readonly password: string
}

export interface MemcachedOptions {
  /** `'host'`, `'host:port'` or `{ host, port, weight }` for each; every process must name the same. Default: `localhost:11211`. */
  readonly servers?: readonly (string | ServerAddress)[] | undefined
  /** With which to log in to each of them, by SASL and PLAIN. Default: no login. */
  readonly login?: Login | undefined
  /** Begins every name on the servers, so that what others store there is never touched. At most 64 bytes. Default `cachette`. */
  readonly root?: string | undefined
  /** How long connecting and logging in may take. Default 1000. */
  readonly connectMs?: number | undefined
  /** The largest item that the servers take, as their `-I` says. Default 1048576, which is theirs too. */
  readonly maxItemBytes?: number | undefined
  /** Values up to so many bytes are taken; one that no item can hold is split over several. Default: what one item can hold. */
  readonly maxValueBytes?: number | undefined
  /** Of deadlines and of pauses between attempts to connect. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

/** A server with everything said of it. */
export type Address = Required<{ readonly [Name in keyof ServerAddress]: NonNullable<ServerAddress[Name]> }>

export interface Settings {
  readonly servers: readonly Address[]
  readonly login: Login | undefined
  readonly root: string
  readonly connectMs: number
  readonly maxItemBytes: number
  readonly maxValueBytes: number
  readonly clock: Clock
}

/** What of an item is the server's own, its name included. */
const ITEM_OVERHEAD_BYTES = 512

/** What a frame may hold beside its value where it must fit into one item: fixed fields, marks and tags, and the key. */
const HEAD_BYTES = 4_096

/** The same where it is split. */
const SPLIT_HEAD_BYTES = 2 ** 17

const MAX_ROOT_BYTES = 64
const MIN_ITEM_BYTES = 16_384
const DEFAULT_PORT = 11_211

export const DEFAULTS = {
  servers: ['localhost:11211'],
  login: undefined,
  root: 'cachette',
  connectMs: 1_000,
  maxItemBytes: 1_048_576,
  maxValueBytes: 1_048_576 - ITEM_OVERHEAD_BYTES - HEAD_BYTES,
  clock: systemClock,
} as const

const ROOT: Rule = {
  expected: `a well-formed, non-empty string without U+241F, of at most ${MAX_ROOT_BYTES} bytes`,
  accepts: (value) =>
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    !value.includes(SEPARATOR) &&
    Buffer.byteLength(value) <= MAX_ROOT_BYTES,
}

const ITEM_BYTES: Rule = {
  expected: `a whole number of ${MIN_ITEM_BYTES} or more`,
  accepts: (value) => Number.isInteger(value) && Number(value) >= MIN_ITEM_BYTES,
}

const PORT: Rule = {
  expected: 'a number from 1 to 65535',
  accepts: (value) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 16,
}

const WEIGHT: Rule = {
  expected: 'a number from 0.01 to 100',
  accepts: (value) => typeof value === 'number' && value >= 0.01 && value <= 100,
}

const ACCEPTED: Rules<MemcachedOptions> = {
  servers: RULES.list,
  login: RULES.object,
  root: ROOT,
  connectMs: RULES.positiveMs,
  maxItemBytes: ITEM_BYTES,
  maxValueBytes: RULES.positiveInteger,
  clock: RULES.clock,
}

const ADDRESS: Rules<ServerAddress> = { host: RULES.text, port: PORT, weight: WEIGHT }
const LOGIN: Rules<Login> = { username: RULES.text, password: RULES.text }

export function parse(options: MemcachedOptions): Settings {
  checkOptions('memcached', options, ACCEPTED)
  const { servers: given = DEFAULTS.servers, login, root = DEFAULTS.root, connectMs = DEFAULTS.connectMs } = options
  const { maxItemBytes = DEFAULTS.maxItemBytes, clock = DEFAULTS.clock } = options
  if (login !== undefined) checkOptions('memcached login', login, LOGIN, ['username', 'password'])
  const servers = given.map(addressOf)
  if (servers.length === 0) throw wrong('expected servers to name at least one, got none')
  const ids = servers.map(idOf)
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) throw wrong(`expected each of servers once, got ${twice} twice`)
  const { maxValueBytes = partBytesOf({ maxItemBytes }) - HEAD_BYTES } = options
  return { servers, login, root, connectMs, maxItemBytes, maxValueBytes, clock }
}

/** How much of a frame one item can hold. */
export function partBytesOf({ maxItemBytes }: Pick<Settings, 'maxItemBytes'>): number {
  return maxItemBytes - ITEM_OVERHEAD_BYTES
}

/** How long a whole frame may be. In one item, tags and marks have to make do with what the value leaves. */
export function maxFrameBytesOf({ maxItemBytes, maxValueBytes }: Settings): number {
  const partBytes = partBytesOf({ maxItemBytes })
  return maxValueBytes > partBytes - HEAD_BYTES ? maxValueBytes + SPLIT_HEAD_BYTES : partBytes
}

/** What a server is called, also where its place among others is reckoned. */
export function idOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function addressOf(given: string | ServerAddress, index: number): Address {
  const address = typeof given === 'string' ? textAddress(given, index) : given
  checkOptions(`memcached, servers[${index}]`, address, ADDRESS, ['host'])
  return { host: address.host, port: address.port ?? DEFAULT_PORT, weight: address.weight ?? 1 }
}

/** Of an IPv6 address with a port, what is between the brackets. */
function textAddress(text: string, index: number): ServerAddress {
  const match = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<name>[^:/@[\]\s]+))(?::(?<port>\d{1,5}))?$/i.exec(text)
  const host = match?.groups?.['v6'] ?? match?.groups?.['name']
  if (host === undefined)
    throw wrong(
      `expected servers[${index}] as host, host:port, [v6]:port or { host, port, weight }, got another string`,
    )
  const port = match?.groups?.['port']
  return port === undefined ? { host } : { host, port: Number(port) }
}

function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `memcached: ${message}`)
}
