import { checkOptions, type ErrorCode, oneOf, RULES, type Rule, type Rules } from '@cachette/core'
import { type Settings, SHARE, settle } from '../settings.js'

export type ChaosVerb = 'read' | 'write' | 'scan' | 'clear'

/** How likely each fault is to strike a call, from 0 to 1. All are 0 unless you say otherwise. */
export interface ChaosRates {
  /** It fails before it had any effect. */
  readonly error?: number | undefined
  /** It has no effect, and fails when its deadline has passed. */
  readonly hang?: number | undefined
  /** It begins later. */
  readonly delay?: number | undefined
  /** It takes effect, and its answer is lost. */
  readonly lostAnswer?: number | undefined
  /** Of a batch, a part succeeds and the rest fails; the error says of each key what became of it. */
  readonly partial?: number | undefined
  /** One bit of a value that is read is flipped. Only of bytes. */
  readonly flip?: number | undefined
  /** A read gives what was there before the last write that passed. */
  readonly stale?: number | undefined
}

export interface ChaosOptions extends ChaosRates {
  /** The same seed and the same calls have the same faults. Default: drawn anew, and to be read from the handle. */
  readonly seed?: number | undefined
  /** The longest delay. Default 100. */
  readonly maxDelayMs?: number | undefined
  /** The code of the failures. Default `UNAVAILABLE`. */
  readonly code?: ErrorCode | undefined
  /** The verbs that are struck. Default: all. */
  readonly verbs?: readonly ChaosVerb[] | undefined
  /** While false, calls pass untouched and are not counted. Default true. */
  readonly enabled?: boolean | undefined
}

export type ChaosFault = keyof ChaosRates

/** The seed stays. */
export type ChaosChanges = Omit<ChaosOptions, 'seed'>

export type ChaosSettings = Settings<ChaosChanges>

const VERBS: readonly ChaosVerb[] = ['read', 'write', 'scan', 'clear']

export const CHAOS_DEFAULTS: ChaosSettings = {
  error: 0,
  hang: 0,
  delay: 0,
  lostAnswer: 0,
  partial: 0,
  flip: 0,
  stale: 0,
  maxDelayMs: 100,
  code: 'UNAVAILABLE',
  verbs: VERBS,
  enabled: true,
}

const SOME_VERBS: Rule = {
  expected: `a list of ${VERBS.join(', ')}`,
  accepts: (value) => Array.isArray(value) && value.every((verb) => VERBS.some((other) => other === verb)),
}

const CHANGEABLE: Rules<ChaosChanges> = {
  error: SHARE,
  hang: SHARE,
  delay: SHARE,
  lostAnswer: SHARE,
  partial: SHARE,
  flip: SHARE,
  stale: SHARE,
  maxDelayMs: RULES.positiveMs,
  code: oneOf('UNAVAILABLE', 'TIMEOUT', 'REJECTED', 'BUSY', 'FULL', 'READ_ONLY', 'LOCKED', 'CORRUPT', 'BACKEND'),
  verbs: SOME_VERBS,
  enabled: RULES.boolean,
}

const ACCEPTED: Rules<ChaosOptions> = {
  ...CHANGEABLE,
  seed: { expected: 'a whole number', accepts: (value) => Number.isSafeInteger(value) },
}

/** The settings and the seed, where one is given. */
export function parse(options: ChaosOptions): { readonly settings: ChaosSettings; readonly seed: number | undefined } {
  const { seed, ...changes } = checkOptions('chaos', options, ACCEPTED)
  return { settings: changed(CHAOS_DEFAULTS, changes), seed }
}

export function changed(settings: ChaosSettings, changes: ChaosChanges): ChaosSettings {
  return settle('chaos', settings, changes, CHANGEABLE)
}
