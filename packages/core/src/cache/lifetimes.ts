import type { Tag } from '../contract.js'
import { BOOLEAN, NON_NEGATIVE_MS, POSITIVE_MS, type Rules, TEXT, wrong } from '../options.js'

/** How long an entry lives, phase by phase. */
export interface LifetimeOptions {
  /** How long it is there, in milliseconds. Default `Infinity`. */
  readonly ttlMs?: number | undefined
  /** How long it is fresh; after that it is still served, while `getOrSet` refreshes it. Default: as long as it lives. */
  readonly freshMs?: number | undefined
  /** How long past its end it is kept for a `getOrSet` whose loader fails or is late. Default 0. */
  readonly graceMs?: number | undefined
  /** Each read of a fresh entry gives it its whole lifetime again. Costs a write per read. Default false. */
  readonly sliding?: boolean | undefined
}

/** What a write may say beyond its value. */
export interface EntryOptions extends LifetimeOptions {
  /** Names to invalidate it by, together with others. */
  readonly tags?: readonly string[] | undefined
}

export interface Lifetimes {
  readonly ttlMs: number
  readonly freshMs: number
  readonly graceMs: number
  readonly sliding: boolean
}

export const DEFAULT_LIFETIMES: Lifetimes = { ttlMs: Infinity, freshMs: Infinity, graceMs: 0, sliding: false }

/** Without `sliding`, for what cannot. */
export const LASTING_RULES: Rules<Omit<EntryOptions, 'sliding'>> = {
  ttlMs: POSITIVE_MS,
  freshMs: POSITIVE_MS,
  graceMs: NON_NEGATIVE_MS,
  tags: {
    expected: 'a list of non-empty strings',
    accepts: (value) => Array.isArray(value) && value.every(TEXT.accepts),
  },
}

export const LIFETIME_RULES: Rules<LifetimeOptions> = {
  ttlMs: POSITIVE_MS,
  freshMs: POSITIVE_MS,
  graceMs: NON_NEGATIVE_MS,
  sliding: BOOLEAN,
}

export const ENTRY_RULES: Rules<EntryOptions> = /* @__PURE__ */ Object.assign({}, LIFETIME_RULES, LASTING_RULES)

/** The lifetimes of one entry; a `freshMs` beyond its whole life is cut to it only where it was a default. */
export function lifetimesOf(options: LifetimeOptions | undefined, defaults: Lifetimes): Lifetimes {
  if (options === undefined) return defaults
  const { ttlMs = defaults.ttlMs, freshMs, graceMs = defaults.graceMs, sliding = defaults.sliding } = options
  if (freshMs !== undefined && freshMs > ttlMs) {
    throw wrong(`expected freshMs to be at most ttlMs (${ttlMs}), got ${freshMs}`)
  }
  return { ttlMs, freshMs: Math.min(freshMs ?? defaults.freshMs, ttlMs), graceMs, sliding }
}

export interface Times {
  readonly createdAt: number
  readonly staleAt: number
  readonly expiresAt: number
  readonly keptUntil: number
}

export function timesFrom(now: number, lifetimes: Lifetimes): Times {
  const expiresAt = now + lifetimes.ttlMs
  return { createdAt: now, staleAt: now + lifetimes.freshMs, expiresAt, keptUntil: expiresAt + lifetimes.graceMs }
}

const NO_TAGS: readonly Tag[] = /* @__PURE__ */ Object.freeze([])

export function tagsOf(names: readonly string[] | undefined): readonly Tag[] {
  return names === undefined || names.length === 0 ? NO_TAGS : [...new Set(names)].map((name) => ({ name }))
}
