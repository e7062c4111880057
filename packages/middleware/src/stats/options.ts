import { oneOf, RULES, type Rule, type Rules } from '@cachette/core'
import { COUNT, type Settings } from '../settings.js'

/**
 * `counts` is exact, of every call. `standard` also looks closely at a sample of them: latencies, sizes, hot keys and
 * trends. `full` looks closely at all. `off` does nothing.
 */
export type StatsLevel = 'off' | 'counts' | 'standard' | 'full'

/** What can change while it runs. */
export interface StatsSettings {
  /** How much is counted. Default `standard`. */
  readonly level?: StatsLevel | undefined
  /** At `standard`, one call in about so many is looked at closely. Default 256. */
  readonly sampleEvery?: number | undefined
  /** The sliding windows that hits are counted over. Default a minute, ten minutes and an hour. */
  readonly windowsMs?: readonly number[] | undefined
  /** How many of the most asked for keys are kept; 0 keeps no names of keys. Default 100. */
  readonly hotKeys?: number | undefined
  /** The period that `frequency` tells of. Default a minute. */
  readonly trendMs?: number | undefined
}

export interface StatsOptions extends StatsSettings {
  /** Milliseconds since anything, with fractions; what latencies are measured by. Default `performance.now`. */
  readonly timer?: (() => number) | undefined
  /** Between 0 and 1; draws the samples. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export const DEFAULTS: Settings<StatsSettings> = {
  level: 'standard',
  sampleEvery: 256,
  windowsMs: [60_000, 600_000, 3_600_000],
  hotKeys: 100,
  trendMs: 60_000,
}

const SPAN: Rule = {
  expected: 'a positive number of milliseconds with an end',
  accepts: (value) => RULES.positiveMs.accepts(value) && value !== Infinity,
}

export const SETTINGS_RULES: Rules<StatsSettings> = {
  level: /* @__PURE__ */ oneOf('off', 'counts', 'standard', 'full'),
  sampleEvery: RULES.positiveInteger,
  windowsMs: {
    expected: 'an array of positive numbers of milliseconds, none of them twice',
    accepts: (value) => Array.isArray(value) && value.every(SPAN.accepts) && new Set(value).size === value.length,
  },
  hotKeys: {
    expected: 'a whole number from 0 to 10,000',
    accepts: (value) => COUNT.accepts(value) && Number(value) <= 10_000,
  },
  trendMs: SPAN,
}

export const OPTION_RULES: Rules<StatsOptions> = { ...SETTINGS_RULES, timer: RULES.run, random: RULES.run }
