import { CacheError, RULES, type Rule, type Rules } from '@cachette/core'
import { type Settings, settle } from '../settings.js'

export interface CircuitBreakerOptions {
  /** From this share of failed calls on it opens, above 0 and up to 1. Default 0.5. */
  readonly failureRate?: number | undefined
  /** A call that takes longer is slow. Default `Infinity`: none is. Ready answers are never timed. */
  readonly slowMs?: number | undefined
  /** From this share of slow calls on it opens. Default 0.5. */
  readonly slowRate?: number | undefined
  /** With fewer calls in the window nothing is said of the store. Default 10. */
  readonly minCalls?: number | undefined
  /** The window is the last so many calls. Default 20. */
  readonly windowCalls?: number | undefined
  /** The window is the calls of the last so many milliseconds. Default `Infinity`: `windowCalls` counts. */
  readonly windowMs?: number | undefined
  /** How long it stays open before a call may try again. Default 500. */
  readonly openMs?: number | undefined
  /** How many such calls in a row must succeed, one after the other, to close it. Default 1. */
  readonly probes?: number | undefined
  /** Which errors count as failures of the store. Default: `UNAVAILABLE`, `TIMEOUT` and `BACKEND`. */
  readonly failed?: ((error: CacheError) => boolean) | undefined
}

export type CircuitBreakerSettings = Settings<CircuitBreakerOptions>

/** What says that the store is not well, rather than the caller or the call. */
const FAILURES: ReadonlySet<string> = new Set(['UNAVAILABLE', 'TIMEOUT', 'BACKEND'])

export const CIRCUIT_BREAKER_DEFAULTS: CircuitBreakerSettings = {
  failureRate: 0.5,
  slowMs: Infinity,
  slowRate: 0.5,
  minCalls: 10,
  windowCalls: 20,
  windowMs: Infinity,
  openMs: 500,
  probes: 1,
  failed: ({ code }) => FAILURES.has(code),
}

const RATE: Rule = {
  expected: 'a number above 0 and up to 1',
  accepts: (value) => typeof value === 'number' && value > 0 && value <= 1,
}

/** A window has a place for each of its calls. */
const MOST_CALLS = 1_000_000

const ACCEPTED: Rules<CircuitBreakerOptions> = {
  failureRate: RATE,
  slowMs: RULES.positiveMs,
  slowRate: RATE,
  minCalls: RULES.positiveInteger,
  windowCalls: {
    expected: `a whole number from 1 to ${MOST_CALLS}`,
    accepts: (value) => RULES.positiveInteger.accepts(value) && Number(value) <= MOST_CALLS,
  },
  windowMs: RULES.positiveMs,
  openMs: RULES.positiveMs,
  probes: RULES.positiveInteger,
  failed: RULES.run,
}

export function parse(given: CircuitBreakerOptions, current = CIRCUIT_BREAKER_DEFAULTS): CircuitBreakerSettings {
  const settings = settle('circuitBreaker', current, given, ACCEPTED)
  const { minCalls, windowCalls, windowMs } = settings
  if (windowMs === Infinity && minCalls > windowCalls) {
    const said = `circuitBreaker: expected minCalls to be at most windowCalls, got ${minCalls} of ${windowCalls}`
    throw new CacheError('INVALID_OPTION', said)
  }
  return settings
}
