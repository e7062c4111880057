import { constants } from 'node:os'
import { type Awaitable, checkOptions, RULES, type Rule, type Rules } from '@cachette/core'
import type { EncodeList } from '@cachette/core/adapter'
import type { RecordChange } from '../system-of-record.js'

export interface WriteBehindOptions<V> {
  /** Writes all of them, in order. Failing says that none is sure to be written: all are tried again. */
  write(this: void, changes: readonly RecordChange<V>[], call: { readonly signal: AbortSignal }): Awaitable<void>
  /** The encode list of the cache, over a store of bytes. */
  readonly encode?: EncodeList<V> | undefined
  /** How long a change waits for others to travel with. Default 100. */
  readonly delayMs?: number | undefined
  /** How many travel together. Default 100. */
  readonly batchSize?: number | undefined
  /** How many keys may wait; writes beyond it wait for room. Default 10,000. */
  readonly maxPending?: number | undefined
  /** How often a change is tried before it is handed over as a dead letter. Default `Infinity`. */
  readonly maxAttempts?: number | undefined
  /** The pause after a first failure, at most; doubled with each, up to `maxBackoffMs`. Default 100. */
  readonly backoffMs?: number | undefined
  /** Default 30,000. */
  readonly maxBackoffMs?: number | undefined
  /** How long one batch may take. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** A folder for a journal, so that a crash loses nothing. One process at a time. Default: none. */
  readonly path?: string | undefined
  /** After so many bytes the journal begins a new file. Default 16 MiB. */
  readonly segmentBytes?: number | undefined
  /** Signals at which all that waits is written, before the process ends of them. Default: none. */
  readonly signals?: readonly NodeJS.Signals[] | undefined
  /** Hears of changes that were given up. Without it they are reported as a failure of the cache. */
  readonly onDeadLetter?: ((changes: readonly RecordChange<V>[], error: unknown) => void) | undefined
  /** Between 0 and 1, for pauses. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export const WRITE_BEHIND_DEFAULTS = {
  delayMs: 100,
  batchSize: 100,
  maxPending: 10_000,
  maxAttempts: Number.POSITIVE_INFINITY,
  backoffMs: 100,
  maxBackoffMs: 30_000,
  timeoutMs: 30_000,
  segmentBytes: 16 * 1024 * 1024,
} as const

export interface WriteBehindSettings<V> {
  readonly write: WriteBehindOptions<V>['write']
  readonly encode: EncodeList<V> | undefined
  readonly delayMs: number
  readonly batchSize: number
  readonly maxPending: number
  readonly maxAttempts: number
  readonly backoffMs: number
  readonly maxBackoffMs: number
  readonly timeoutMs: number
  readonly path: string | undefined
  readonly segmentBytes: number
  readonly signals: readonly NodeJS.Signals[]
  readonly onDeadLetter: WriteBehindOptions<V>['onDeadLetter']
  readonly random: () => number
}

/** Of the signals that there are, those that nobody can listen to. */
const UNHEARD: readonly unknown[] = ['SIGKILL', 'SIGSTOP']

const SIGNALS: Rule = {
  expected: "a list of signals that can be listened to, as ['SIGTERM']",
  accepts: (value) =>
    Array.isArray(value) &&
    value.every((name: unknown) => typeof name === 'string' && name in constants.signals && !UNHEARD.includes(name)),
}

const ACCEPTED: Rules<WriteBehindOptions<unknown>> = {
  write: RULES.run,
  encode: RULES.list,
  delayMs: RULES.nonNegativeMs,
  batchSize: RULES.positiveInteger,
  maxPending: RULES.positiveInteger,
  maxAttempts: {
    expected: 'a positive whole number or Infinity',
    accepts: (value) => value === Number.POSITIVE_INFINITY || RULES.positiveInteger.accepts(value),
  },
  backoffMs: RULES.positiveMs,
  maxBackoffMs: RULES.positiveMs,
  timeoutMs: RULES.positiveMs,
  path: RULES.text,
  segmentBytes: RULES.positiveInteger,
  signals: SIGNALS,
  onDeadLetter: RULES.run,
  random: RULES.run,
}

export function parse<V>(options: WriteBehindOptions<V>): WriteBehindSettings<V> {
  const given = checkOptions('writeBehind', options, ACCEPTED, ['write'])
  const or = WRITE_BEHIND_DEFAULTS
  return {
    write: given.write,
    encode: given.encode,
    delayMs: given.delayMs ?? or.delayMs,
    batchSize: given.batchSize ?? or.batchSize,
    maxPending: given.maxPending ?? or.maxPending,
    maxAttempts: given.maxAttempts ?? or.maxAttempts,
    backoffMs: given.backoffMs ?? or.backoffMs,
    maxBackoffMs: given.maxBackoffMs ?? or.maxBackoffMs,
    timeoutMs: given.timeoutMs ?? or.timeoutMs,
    path: given.path,
    segmentBytes: given.segmentBytes ?? or.segmentBytes,
    signals: given.signals ?? [],
    onDeadLetter: given.onDeadLetter,
    random: given.random ?? Math.random,
  }
}
