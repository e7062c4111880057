import { CacheError } from '../errors.js'
import type { Tag } from '../contract.js'
import { RULES, shown } from '../options.js'

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

/** The lifetimes of one entry; a `freshMs` beyond its whole life is cut to it only where it was a default. */
export function lifetimesOf(options: LifetimeOptions | undefined, defaults: Lifetimes): Lifetimes {
  if (options === undefined) return defaults
  const ttlMs = checked('ttlMs', options.ttlMs ?? defaults.ttlMs)
  const graceMs = options.graceMs ?? defaults.graceMs
  if (!RULES.nonNegativeMs.accepts(graceMs)) throw refused('graceMs', RULES.nonNegativeMs.expected, graceMs)
  if (options.freshMs !== undefined && checked('freshMs', options.freshMs) > ttlMs) {
    throw refused('freshMs', `at most ttlMs (${ttlMs})`, options.freshMs)
  }
  const freshMs = Math.min(options.freshMs ?? defaults.freshMs, ttlMs)
  return { ttlMs, freshMs, graceMs, sliding: options.sliding ?? defaults.sliding }
}

/** A lifetime shorter than a millisecond, once rounded, must not end before it began. */
function checked(name: string, value: number): number {
  if (!RULES.positiveMs.accepts(value)) throw refused(name, RULES.positiveMs.expected, value)
  return value
}

function refused(name: string, expected: string, value: unknown): CacheError {
  return new CacheError('INVALID_OPTION', `expected ${name} to be ${expected}, got ${shown(value)}`, {
    details: { option: name },
  })
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

const NO_TAGS: readonly Tag[] = Object.freeze([])

export function tagsOf(names: readonly string[] | undefined): readonly Tag[] {
  if (names === undefined || names.length === 0) return NO_TAGS
  for (const name of names) if (!RULES.text.accepts(name)) throw refused('tags', 'a list of non-empty strings', name)
  return [...new Set(names)].map((name) => ({ name }))
}
