import { CacheError, type Clock, checkOptions, oneOf, RULES, type Rule, type Rules, systemClock } from '@cachette/core'
import { SWEEP_DEFAULTS, type SweepSettings } from '@cachette/core/adapter'
import { type Backing, backingOf, isBacking, type KeyvLike } from './backing.js'
import { escaped } from './names.js'

export interface KeyvOptions {
  /** A Keyv store, a `Map` or anything like one, or an instance of Keyv 5 or 6, whose store is then used past it. */
  readonly store: KeyvLike
  /** Begins every name in the store, so that what others keep there is never touched. Default `cachette`. */
  readonly root?: string | undefined
  /**
   * `text`: entries are stored as base64, which every Keyv store keeps. `bytes`: as `Uint8Array`, a quarter shorter and
   * quicker; the first call tries whether the store gives them back, but only you know whether its disk does. Default `text`.
   */
  readonly values?: 'text' | 'bytes' | undefined
  /**
   * What the store is told of lifetimes, so that it makes room by itself: milliseconds, as stores of Keyv 5 take them;
   * the time of the end, as those of Keyv 6; or nothing. Default: as the store's `capabilities` say, else `ttl`.
   */
  readonly expiry?: 'ttl' | 'expires' | 'none' | undefined
  /** Whether its keys can be listed. Default: whether it has an `iterator`, or `entries` as a `Map`. */
  readonly lists?: boolean | undefined
  /** Where its entries live. Default `process`. */
  readonly lives?: 'process' | 'server' | 'disk' | undefined
  /** Whether other processes see the same entries. Default false. */
  readonly shared?: boolean | undefined
  /** `any` where the store may drop entries by itself. Default `no`. */
  readonly evicts?: 'no' | 'any' | undefined
  /** The longest value that the store takes, without what its entry takes beside it. Default 256 MiB. */
  readonly maxValueBytes?: number | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
  /**
   * How long after a write, or the end of the last sweep, the next one begins, where keys can be listed; `Infinity` for
   * never. Default 300,000.
   */
  readonly sweepMs?: number | undefined
  /** Told what each sweep reclaimed. */
  readonly onSweep?: SweepSettings['onSweep']
}

export interface Settings extends SweepSettings {
  readonly backing: Backing
  readonly root: string
  readonly values: 'text' | 'bytes'
  readonly expiry: 'ttl' | 'expires' | 'none'
  readonly lists: boolean
  readonly lives: 'process' | 'server' | 'disk'
  readonly shared: boolean
  readonly evicts: 'no' | 'any'
  readonly maxValueBytes: number
  readonly clock: Clock
}

export const DEFAULTS = {
  root: 'cachette',
  values: 'text',
  expiry: undefined,
  lists: undefined,
  lives: 'process',
  shared: false,
  evicts: 'no',
  maxValueBytes: 268_435_456,
  clock: systemClock,
  sweepMs: SWEEP_DEFAULTS.sweepMs,
  onSweep: undefined,
} as const

/** So that the longest name still has room for a key, whatever the root. */
const MAX_ROOT = 100

const ROOT: Rule = {
  expected: `a well-formed, non-empty string of at most ${MAX_ROOT} characters, which all but a-z, 0-9 and "._-" count thrice`,
  accepts: (value) =>
    typeof value === 'string' && value !== '' && value.isWellFormed() && escaped(value).length <= MAX_ROOT,
}

const STORE: Rule = { expected: 'a Keyv store, with get, set and delete', accepts: isBacking }

const ACCEPTED: Rules<KeyvOptions> = {
  store: STORE,
  root: ROOT,
  values: oneOf('text', 'bytes'),
  expiry: oneOf('ttl', 'expires', 'none'),
  lists: RULES.boolean,
  lives: oneOf('process', 'server', 'disk'),
  shared: RULES.boolean,
  evicts: oneOf('no', 'any'),
  maxValueBytes: RULES.positiveInteger,
  clock: RULES.clock,
  sweepMs: RULES.positiveMs,
  onSweep: RULES.run,
}

export function parse(options: KeyvOptions): Settings {
  const given = checkOptions('keyv', options, ACCEPTED, ['store'])
  const backing = backingOf(given.store)
  if (given.lists === true && !backing.lists) {
    throw new CacheError('INVALID_OPTION', 'keyv: expected a store with iterator or entries where lists is true')
  }
  return {
    backing,
    root: given.root ?? DEFAULTS.root,
    values: given.values ?? DEFAULTS.values,
    expiry: given.expiry ?? (backing.takesExpires ? 'expires' : 'ttl'),
    lists: given.lists ?? backing.lists,
    lives: given.lives ?? DEFAULTS.lives,
    shared: given.shared ?? DEFAULTS.shared,
    evicts: given.evicts ?? DEFAULTS.evicts,
    maxValueBytes: given.maxValueBytes ?? DEFAULTS.maxValueBytes,
    clock: given.clock ?? DEFAULTS.clock,
    sweepMs: given.sweepMs ?? DEFAULTS.sweepMs,
    onSweep: given.onSweep,
  }
}
