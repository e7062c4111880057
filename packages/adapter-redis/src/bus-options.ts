import { type Clock, checkOptions, RULES, type Rules, systemClock } from '@cachette/core'
import { CONNECTION, type ConnectionOptions, connectionOf, ROOT, DEFAULTS as STORE_DEFAULTS, wrong } from './options.js'

export interface RedisBusOptions {
  /** As of the store. Any server of a cluster will do. */
  readonly url?: string | undefined
  /** As of the store. */
  readonly connection?: ConnectionOptions | undefined
  /** Begins the name of every channel, and the names whose changes are tracked. Default `cachette`. */
  readonly root?: string | undefined
  /** The channel on which the server itself tells which keys of the store have changed. Not by a cluster. Default: none. */
  readonly tracking?: string | undefined
  /** Between two signs of life of the connection that listens; one that is late is a gap. Default 1000. */
  readonly heartbeatMs?: number | undefined
  /** How long connecting may take. Default 1000. */
  readonly connectMs?: number | undefined
  /** Of deadlines and gaps. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface BusSettings {
  readonly connection: ConnectionOptions
  readonly root: string
  readonly tracking: string | undefined
  readonly heartbeatMs: number
  readonly connectMs: number
  readonly clock: Clock
}

export const BUS_DEFAULTS = {
  url: STORE_DEFAULTS.url,
  root: STORE_DEFAULTS.root,
  tracking: undefined,
  heartbeatMs: 1_000,
  connectMs: STORE_DEFAULTS.connectMs,
  clock: systemClock,
} as const

const ACCEPTED: Rules<RedisBusOptions> = {
  url: RULES.text,
  connection: RULES.object,
  root: ROOT,
  tracking: RULES.text,
  heartbeatMs: RULES.positiveMs,
  connectMs: RULES.positiveMs,
  clock: RULES.clock,
}

export function parseBus(options: RedisBusOptions): BusSettings {
  const { url, connection, tracking } = checkOptions('redisBus', options, ACCEPTED)
  if (connection !== undefined) checkOptions('redisBus connection', connection, CONNECTION)
  const { root = BUS_DEFAULTS.root, heartbeatMs = BUS_DEFAULTS.heartbeatMs } = options
  const { connectMs = BUS_DEFAULTS.connectMs, clock = BUS_DEFAULTS.clock } = options
  if (heartbeatMs === Infinity) throw wrong('redisBus: expected heartbeatMs to have an end, got Infinity')
  const whole = url === undefined ? (connection ?? connectionOf(BUS_DEFAULTS.url)) : connectionOf(url, connection)
  return { connection: whole, root, tracking, heartbeatMs, connectMs, clock }
}
