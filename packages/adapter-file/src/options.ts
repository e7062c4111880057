import { resolve } from 'node:path'
import { type Clock, checkOptions, RULES, type Rules, systemClock } from '@cachette/core'
import { SWEEP_DEFAULTS, type SweepSettings } from '@cachette/core/adapter'

export interface FileOptions {
  /** The folder: made where it is not there, refused where it holds anything but such a store. */
  readonly path: string
  /**
   * Waits for the device at every write, so that what was acknowledged also survives a power cut. Costs what the
   * device takes, for each entry. Default false: it survives the end of the process.
   */
  readonly fsync?: boolean | undefined
  /**
   * How many files may be open at once; whoever comes later waits. Streams that are read take a quarter of them at most,
   * and so do streams that are written. Default 64.
   */
  readonly maxOpenFiles?: number | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
  /** How long after a write, or the end of the last sweep, the next one begins; `Infinity` for never. Default 300,000. */
  readonly sweepMs?: number | undefined
  /** Told what each sweep reclaimed. */
  readonly onSweep?: SweepSettings['onSweep']
}

export interface Settings extends SweepSettings {
  readonly path: string
  readonly fsync: boolean
  readonly maxOpenFiles: number
  readonly clock: Clock
}

export const DEFAULTS: Omit<Settings, 'path'> = {
  fsync: false,
  maxOpenFiles: 64,
  clock: systemClock,
  sweepMs: SWEEP_DEFAULTS.sweepMs,
  onSweep: undefined,
}

const ACCEPTED: Rules<FileOptions> = {
  path: RULES.text,
  fsync: RULES.boolean,
  maxOpenFiles: {
    expected: 'a whole number from 4 on',
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 4,
  },
  clock: RULES.clock,
  sweepMs: RULES.positiveMs,
  onSweep: RULES.run,
}

export function parse(options: FileOptions): Settings {
  const given = checkOptions('files', options, ACCEPTED, ['path'])
  return {
    // Where the process works may change.
    path: resolve(given.path),
    fsync: given.fsync ?? DEFAULTS.fsync,
    maxOpenFiles: given.maxOpenFiles ?? DEFAULTS.maxOpenFiles,
    clock: given.clock ?? DEFAULTS.clock,
    sweepMs: given.sweepMs ?? DEFAULTS.sweepMs,
    onSweep: given.onSweep,
  }
}
