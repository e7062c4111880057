import { RULES, type Rule, type Rules } from '@cachette/core'
import { type Settings, SHARE, settle } from '../settings.js'

export interface RetryOptions {
  /** How often a call is made at most, the first time included. Default 3. */
  readonly attempts?: number | undefined
  /** The first pause is a random part of this long; the limit doubles with each further one. Default 20. */
  readonly baseMs?: number | undefined
  /** The limit of a pause. Default 500. */
  readonly maxMs?: number | undefined
  /**
   * How long one attempt may take. Default `Infinity`: as long as the whole call. A store that hangs is tried again only
   * with less.
   */
  readonly attemptMs?: number | undefined
  /** Which share of all calls may be repeats, so that an outage is never multiplied. Default 0.1. */
  readonly budget?: number | undefined
  /** How many repeats may be saved up by calls that needed none; as many there are at first. Default 10. */
  readonly burst?: number | undefined
  /** Draws the pauses. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export type RetrySettings = Settings<RetryOptions>

export const RETRY_DEFAULTS: RetrySettings = {
  attempts: 3,
  baseMs: 20,
  maxMs: 500,
  attemptMs: Infinity,
  budget: 0.1,
  burst: 10,
  random: Math.random,
}

const BURST: Rule = {
  expected: 'a number of 1 or more',
  accepts: (value) => typeof value === 'number' && value >= 1,
}

const ACCEPTED: Rules<RetryOptions> = {
  attempts: RULES.positiveInteger,
  baseMs: RULES.nonNegativeMs,
  maxMs: RULES.nonNegativeMs,
  attemptMs: RULES.positiveMs,
  budget: SHARE,
  burst: BURST,
  random: RULES.run,
}

export function parse(given: RetryOptions, current: RetrySettings = RETRY_DEFAULTS): RetrySettings {
  return settle('retry', current, given, ACCEPTED)
}
