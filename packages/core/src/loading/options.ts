import { CALLER_RULES, type CallerOptions } from '../cache/engine.js'
import { ENTRY_RULES, type EntryOptions } from '../cache/lifetimes.js'
import type { Awaitable } from '../contract.js'
import { FRACTION, NON_NEGATIVE_MS, POSITIVE_MS, type Rules } from '../options.js'

/** How loads go, for a whole cache or for one call. */
export interface LoadSettings {
  /** How long a loader may take, waiting for another process's load included. Default 30,000. */
  readonly hardDeadlineMs?: number | undefined
  /** After this long a value that is stale or kept is served, while the load goes on. Default: never. */
  readonly softDeadlineMs?: number | undefined
  /** How long a failing loader is left alone where a stale or kept value can be served; doubles up to 32 times. Default 1,000. */
  readonly backoffMs?: number | undefined
  /** How long a failure is remembered and given to callers where nothing else can be. Default 0: not at all. */
  readonly failureTtlMs?: number | undefined
  /**
   * Refreshes a fresh entry before it turns stale: past this fraction of its fresh time, or, with `beta`, at random,
   * the likelier the nearer the end and the slower the loader. Default: off.
   */
  readonly refreshAhead?: number | { readonly beta: number } | undefined
  /** How long a load reserves its key against other processes; renewed while it runs. Default 3,000. */
  readonly leaseMs?: number | undefined
}

export type LoadOptions = LoadSettings & CallerOptions & EntryOptions

export interface LoadDefaults {
  readonly hardDeadlineMs: number
  readonly softDeadlineMs: number
  readonly backoffMs: number
  readonly failureTtlMs: number
  readonly refreshAhead: number | { readonly beta: number } | undefined
  readonly leaseMs: number
}

export const LOAD_DEFAULTS: LoadDefaults = {
  hardDeadlineMs: 30_000,
  softDeadlineMs: Infinity,
  backoffMs: 1_000,
  failureTtlMs: 0,
  refreshAhead: undefined,
  leaseMs: 3_000,
}

/** The settings of one call: its own, and the cache's for the rest. */
export function settingsOf(options: LoadSettings | undefined, defaults: LoadDefaults): LoadDefaults {
  if (options === undefined) return defaults
  return {
    hardDeadlineMs: options.hardDeadlineMs ?? defaults.hardDeadlineMs,
    softDeadlineMs: options.softDeadlineMs ?? defaults.softDeadlineMs,
    backoffMs: options.backoffMs ?? defaults.backoffMs,
    failureTtlMs: options.failureTtlMs ?? defaults.failureTtlMs,
    refreshAhead: options.refreshAhead ?? defaults.refreshAhead,
    leaseMs: options.leaseMs ?? defaults.leaseMs,
  }
}

const aheadRule = {
  expected: 'a number between 0 and 1, or { beta } with a positive number',
  accepts: (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'beta' in value
      ? POSITIVE_MS.accepts(value.beta)
      : FRACTION.accepts(value),
}

export const LOAD_RULES: Rules<LoadSettings> = {
  hardDeadlineMs: POSITIVE_MS,
  softDeadlineMs: POSITIVE_MS,
  backoffMs: NON_NEGATIVE_MS,
  failureTtlMs: NON_NEGATIVE_MS,
  refreshAhead: aheadRule,
  leaseMs: POSITIVE_MS,
}

export const LOAD_CALL_RULES: Rules<LoadOptions> = /* @__PURE__ */ Object.assign(
  {},
  LOAD_RULES,
  CALLER_RULES,
  ENTRY_RULES,
)

/** What a loader is handed. */
export interface LoadContext<V> {
  /** Aborted when the last caller has left, or the time is up. */
  readonly signal: AbortSignal
  /** The stale or kept value, where there is one. */
  readonly previous: V | undefined
  /** Sets the lifetimes and tags of what is being loaded, once they are known. */
  keep(options: EntryOptions): void
  /** The callers get the value; the cache does not. */
  doNotStore(): void
}

export type Loader<V> = (context: LoadContext<V>) => Awaitable<V>

/** A loader that may leave its key out, as a batched one may. */
export type PartialLoader<V> = (context: LoadContext<V>) => Awaitable<V | undefined>

/** Loads many keys in one call. What it leaves out is not there: it is given as `undefined`, and not stored. */
export type BatchLoader<V> = (keys: readonly string[], context: BatchContext) => Awaitable<ReadonlyMap<string, V>>

export interface BatchContext {
  readonly signal: AbortSignal
}
