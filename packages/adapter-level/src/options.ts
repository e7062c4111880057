import { resolve } from 'node:path'
import { type Clock, checkOptions, oneOf, RULES, type Rules, systemClock } from '@cachette/core'
import { SWEEP_DEFAULTS, type SweepSettings } from '@cachette/core/adapter'
import type { RepairReport } from './repair.js'

export interface LevelOptions {
  /** The folder of the database, made where it is missing. Only one process can have it open. */
  readonly path: string
  /**
   * `sync`: reads answer at once, and wait for the disk where what they look for is not in memory. `async`: reads go
   * through the thread pool, at a twentieth of the speed one by one, and never hold up the event loop. Default `sync`.
   */
  readonly reads?: 'sync' | 'async' | undefined
  /** Acknowledges a write only once it is on the device, so that a power cut loses nothing. Default false. */
  readonly sync?: boolean | undefined
  /**
   * `open`: reads all files before opening them, 0.15 s for each 100 MB, since LevelDB ends the process over most damage
   * that it meets later. `never`: trusts them. Default `open`.
   */
  readonly verify?: 'open' | 'never' | undefined
  /** Repairs a database that is found damaged when it is opened, where it would else be refused. Default false. */
  readonly repair?: boolean | undefined
  /** Told what a repair did. */
  readonly onRepair?: ((report: RepairReport) => void) | undefined
  /** How much of what was read from tables is held in memory, uncompressed. Default 8 MiB. */
  readonly cacheBytes?: number | undefined
  /**
   * How much of what was written last is held in memory, twice at most, before it becomes a table. More makes fewer and
   * larger tables; opening reads as much again, and needs as much room on the device. Default 4 MiB.
   */
  readonly bufferBytes?: number | undefined
  /** Compresses tables with Snappy. Needless where a layer compresses already. Default true. */
  readonly compression?: boolean | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
  /** How long after a write, or the end of the last sweep, the next one begins; `Infinity` for never. Default 300,000. */
  readonly sweepMs?: number | undefined
  /** Told what each sweep reclaimed. */
  readonly onSweep?: SweepSettings['onSweep']
}

/** What holds for the database, and so for all stores on it. */
export interface Shared {
  readonly verify: 'open' | 'never'
  readonly repair: boolean
  readonly onRepair: ((report: RepairReport) => void) | undefined
  readonly cacheBytes: number
  readonly bufferBytes: number
  readonly compression: boolean
}

export interface Settings extends Shared, SweepSettings {
  readonly path: string
  readonly reads: 'sync' | 'async'
  readonly sync: boolean
  readonly clock: Clock
}

export const DEFAULTS: Omit<Settings, 'path'> = {
  reads: 'sync',
  sync: false,
  verify: 'open',
  repair: false,
  onRepair: undefined,
  cacheBytes: 8_388_608,
  bufferBytes: 4_194_304,
  compression: true,
  clock: systemClock,
  sweepMs: SWEEP_DEFAULTS.sweepMs,
  onSweep: undefined,
}

const ACCEPTED: Rules<LevelOptions> = {
  path: RULES.text,
  reads: oneOf('sync', 'async'),
  sync: RULES.boolean,
  verify: oneOf('open', 'never'),
  repair: RULES.boolean,
  onRepair: RULES.run,
  cacheBytes: RULES.positiveInteger,
  bufferBytes: RULES.positiveInteger,
  compression: RULES.boolean,
  clock: RULES.clock,
  sweepMs: RULES.positiveMs,
  onSweep: RULES.run,
}

export function parse(options: LevelOptions): Settings {
  const given = checkOptions('level', options, ACCEPTED, ['path'])
  return {
    // Where the process works may change before the first verb opens it.
    path: resolve(given.path),
    reads: given.reads ?? DEFAULTS.reads,
    sync: given.sync ?? DEFAULTS.sync,
    verify: given.verify ?? DEFAULTS.verify,
    repair: given.repair ?? DEFAULTS.repair,
    onRepair: given.onRepair,
    cacheBytes: given.cacheBytes ?? DEFAULTS.cacheBytes,
    bufferBytes: given.bufferBytes ?? DEFAULTS.bufferBytes,
    compression: given.compression ?? DEFAULTS.compression,
    clock: given.clock ?? DEFAULTS.clock,
    sweepMs: given.sweepMs ?? DEFAULTS.sweepMs,
    onSweep: given.onSweep,
  }
}
