import { CacheError, type Clock, RULES, type Rule, type Rules, systemClock } from '@cachette/core'
import { type Settings, settle } from '../settings.js'
import type { MemoryReading } from './readings.js'

export interface MemoryBudgetOptions {
  /** Shares of the limit from which on caches let go of a tenth, a quarter, half of their entries. Default `[0.85, 0.9, 0.95]`. */
  readonly thresholds?: readonly [number, number, number] | undefined
  /** How far the pressure has to fall below a threshold for its level to end. Default 0.05. */
  readonly hysteresis?: number | undefined
  /** How often memory is looked at when nothing is written. Default 1000. */
  readonly checkMs?: number | undefined
  /** After this long a level that lasts is acted on again, and where there is room a little is given back. Default 1000. */
  readonly settleMs?: number | undefined
  /** A limit for the heap, where it is lower than that of V8. Default `Infinity`. */
  readonly maxHeapBytes?: number | undefined
  /** A limit for the whole process, where it is lower than that of its container. Default `Infinity`. */
  readonly maxRssBytes?: number | undefined
  /** Default `systemClock`. */
  readonly clock?: Clock | undefined
  /** Reads memory in another way; the two limits above are then left to it. For tests. Default: of this process. */
  readonly readings?: (() => MemoryReading) | undefined
}

type OwnOptions = Omit<MemoryBudgetOptions, 'readings'>

export type MemoryBudgetSettings = Settings<Omit<MemoryBudgetOptions, 'readings'>>

export const MEMORY_BUDGET_DEFAULTS: MemoryBudgetSettings = {
  thresholds: [0.85, 0.9, 0.95],
  hysteresis: 0.05,
  checkMs: 1_000,
  settleMs: 1_000,
  maxHeapBytes: Infinity,
  maxRssBytes: Infinity,
  clock: systemClock,
}

const BYTES: Rule = {
  expected: 'a positive number of bytes or Infinity',
  accepts: (value) => typeof value === 'number' && value > 0,
}

const THRESHOLDS: Rule = {
  expected: 'three shares of a limit in rising order, as in [0.85, 0.9, 0.95]',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 3 &&
    value.every(
      (share, index) => typeof share === 'number' && share > (index === 0 ? 0 : value[index - 1]) && share <= 1,
    ),
}

const ACCEPTED: Rules<OwnOptions> = {
  thresholds: THRESHOLDS,
  hysteresis: RULES.fraction,
  checkMs: RULES.positiveMs,
  settleMs: RULES.positiveMs,
  maxHeapBytes: BYTES,
  maxRssBytes: BYTES,
  clock: RULES.clock,
}

export function parse({ readings, ...given }: MemoryBudgetOptions): MemoryBudgetSettings {
  if (readings !== undefined && typeof readings !== 'function') {
    throw new CacheError('INVALID_OPTION', `memoryBudget: expected readings to be a function, got ${typeof readings}`)
  }
  const settings = settle<OwnOptions>('memoryBudget', MEMORY_BUDGET_DEFAULTS, given, ACCEPTED)
  if (settings.hysteresis < settings.thresholds[0]) return settings
  throw new CacheError('INVALID_OPTION', 'memoryBudget: expected hysteresis to be less than the first threshold')
}
