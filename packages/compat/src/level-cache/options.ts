import { resolve } from 'node:path'
import { type Clock, checkOptions, oneOf, RULES, type Rule, type Rules, systemClock } from '@cachette/core'

/** What was taken over from a database of before. */
export interface CarriedOver {
  readonly from: 'level' | 'lmdb'
  readonly entries: number
  /** Were over already, and stayed behind. */
  readonly expired: number
  /** Stayed behind because JSON refuses them, as it does a `bigint`; databases of JSON have none. */
  readonly refused: number
}

export interface LevelCacheOptions {
  /** The folder. A database that such a cache has left in it is carried over before the first call is answered. */
  readonly path: string
  /** Goes before all keys; `withNamespace` puts another behind it. Default: none. */
  readonly namespace?: string | undefined
  /** How long an entry lives where `set` does not say. Default: for ever. */
  readonly defaultTtlMs?: number | undefined
  /** How many entries there may be; those of least worth go. Default: as many as there is room for. */
  readonly maxEntries?: number | undefined
  /** How long after a write, or the end of the last sweep, the next begins; 0 for never. Default 300,000. */
  readonly cleanupIntervalMs?: number | undefined
  /** What it stands on: LevelDB, which one process has to itself, or LMDB, which many may share. Default `level`. */
  readonly over?: 'level' | 'lmdb' | undefined
  /** Told what was carried over. */
  readonly onCarriedOver?: ((report: CarriedOver) => void) | undefined
  /** Tells the time. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface Settings {
  readonly path: string
  readonly namespace: string
  readonly defaultTtlMs: number | undefined
  readonly maxEntries: number
  readonly sweepMs: number
  readonly over: 'level' | 'lmdb'
  readonly onCarriedOver: ((report: CarriedOver) => void) | undefined
  readonly clock: Clock
}

export const DEFAULTS = {
  namespace: undefined,
  defaultTtlMs: undefined,
  maxEntries: undefined,
  cleanupIntervalMs: 300_000,
  over: 'level',
  onCarriedOver: undefined,
  clock: systemClock,
} as const

const ANY_TEXT: Rule = { expected: 'a string', accepts: (value) => typeof value === 'string' }

const ACCEPTED: Rules<LevelCacheOptions> = {
  path: RULES.text,
  namespace: ANY_TEXT,
  // As with each `ttlMs`, whatever is no number says nothing.
  defaultTtlMs: RULES.any,
  maxEntries: RULES.positiveInteger,
  cleanupIntervalMs: RULES.nonNegativeMs,
  over: oneOf('level', 'lmdb'),
  onCarriedOver: RULES.run,
  clock: RULES.clock,
}

export function parse(options: LevelCacheOptions): Settings {
  const given = checkOptions('openCache', options, ACCEPTED, ['path'])
  const { cleanupIntervalMs = DEFAULTS.cleanupIntervalMs } = given
  return {
    // Where the process works may change before the first call opens it.
    path: resolve(given.path),
    namespace: given.namespace ?? '',
    defaultTtlMs: given.defaultTtlMs,
    maxEntries: given.maxEntries ?? Infinity,
    sweepMs: cleanupIntervalMs === 0 ? Infinity : cleanupIntervalMs,
    over: given.over ?? DEFAULTS.over,
    onCarriedOver: given.onCarriedOver,
    clock: given.clock ?? DEFAULTS.clock,
  }
}
