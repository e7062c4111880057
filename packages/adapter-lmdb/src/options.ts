import { type Clock, checkOptions, oneOf, RULES, type Rules, systemClock } from '@cachette/core'
import { SWEEP_DEFAULTS, type SweepSettings } from '@cachette/core/adapter'
import type { Depth } from './pages.js'

export interface LmdbOptions {
  /** The folder of the environment, made where it is missing. Any number of processes and threads may share it. */
  readonly path: string
  /** Which of the stores in this environment; up to 64. Letters, digits, `.`, `_` and `-`. Default `cache`. */
  readonly name?: string | undefined
  /**
   * When a write is acknowledged. `sync`: once it is on the device. `flush`: once it is committed and all processes see
   * it; it is on its way to the device, and a power cut takes back the last commits at most. `none`: the same, but the
   * system writes when it likes, and a power cut may damage the file. A kill loses nothing acknowledged with any of
   * them. All stores of a process in one environment take the same. Default `flush`.
   */
  readonly durability?: Durability | undefined
  /**
   * How much of the file is looked at before it is opened, since LMDB ends the process over damage that it meets.
   * `pages`: all that is in use, up to half a second for each 100 MB. `heads`: whether it is a file of LMDB and as long as it should
   * be. Not done where this process has it open already. Default `pages`.
   */
  readonly verify?: 'pages' | 'heads' | undefined
  /**
   * What to do about a file that is found damaged when it is opened. `error`: refuse it with `CORRUPT`. `reset`: set it
   * aside under a new name in the same folder and begin a new one. Default `error`.
   */
  readonly recover?: 'error' | 'reset' | undefined
  /** Told where a damaged file was set aside. */
  readonly onReset?: ((report: ResetReport) => void) | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
  /** How long after a write, or the end of the last sweep, the next one begins; `Infinity` for never. Default 300,000. */
  readonly sweepMs?: number | undefined
  /** Told what each sweep reclaimed. */
  readonly onSweep?: SweepSettings['onSweep']
}

export type Durability = 'sync' | 'flush' | 'none'

export interface ResetReport {
  /** What was found wrong. */
  readonly damage: string
  /** The new path of the damaged file. */
  readonly setAside: string
}

/** What holds for the environment, and so for all stores in it. */
export interface Shared {
  readonly path: string
  readonly durability: Durability
  readonly verify: Depth
  readonly recover: 'error' | 'reset'
  readonly onReset: ((report: ResetReport) => void) | undefined
}

export interface Settings extends Shared, SweepSettings {
  readonly name: string
  readonly clock: Clock
}

export const DEFAULTS: Omit<Settings, 'path'> = {
  name: 'cache',
  durability: 'flush',
  verify: 'pages',
  recover: 'error',
  onReset: undefined,
  clock: systemClock,
  sweepMs: SWEEP_DEFAULTS.sweepMs,
  onSweep: undefined,
}

const ACCEPTED: Rules<LmdbOptions> = {
  path: RULES.text,
  name: {
    expected: '1 to 100 letters, digits, ".", "_" and "-"',
    accepts: (value) => typeof value === 'string' && /^[\w.-]{1,100}$/.test(value),
  },
  durability: oneOf('sync', 'flush', 'none'),
  verify: oneOf('pages', 'heads'),
  recover: oneOf('error', 'reset'),
  onReset: RULES.run,
  clock: RULES.clock,
  sweepMs: RULES.positiveMs,
  onSweep: RULES.run,
}

export function parse(options: LmdbOptions): Settings {
  const given = checkOptions('lmdb', options, ACCEPTED, ['path'])
  return {
    path: given.path,
    name: given.name ?? DEFAULTS.name,
    durability: given.durability ?? DEFAULTS.durability,
    verify: given.verify ?? DEFAULTS.verify,
    recover: given.recover ?? DEFAULTS.recover,
    onReset: given.onReset,
    clock: given.clock ?? DEFAULTS.clock,
    sweepMs: given.sweepMs ?? DEFAULTS.sweepMs,
    onSweep: given.onSweep,
  }
}
