/** What can go wrong: the closed list of codes, when each is raised, and whether trying again can help. */
export const ERROR_CODES = {
  INVALID_KEY: { retry: 'no', when: 'a key is empty, too long, not well-formed or holds U+241F' },
  INVALID_VALUE: { retry: 'no', when: 'a value cannot be stored exactly; the path to the culprit is in the message' },
  INVALID_OPTION: { retry: 'no', when: 'an option, a layer or a stack of them is wrong' },
  TOO_LARGE: { retry: 'no', when: 'a value is larger than the store takes' },
  UNSUPPORTED: { retry: 'no', when: 'the store or stack does not declare what was asked for' },
  CLOSED: { retry: 'no', when: 'the cache or store has been closed' },
  ABORTED: { retry: 'no', when: "the caller's signal aborted the call" },
  TIMEOUT: { retry: 'yes', when: 'the deadline passed first' },
  UNAVAILABLE: { retry: 'yes', when: 'the backend cannot be reached' },
  REJECTED: { retry: 'yes', when: 'a breaker, bulkhead or rate limit turned the call away' },
  BUSY: {
    retry: 'yes',
    when: 'a ready answer was asked for while a write of the key, or the opening of the store, is under way',
  },
  FULL: { retry: 'no', when: 'the backend has no room left' },
  READ_ONLY: { retry: 'no', when: 'the backend takes no writes' },
  LOCKED: { retry: 'no', when: 'another process holds the store' },
  CORRUPT: { retry: 'no', when: 'what is stored is damaged' },
  BACKEND: { retry: 'no', when: 'the backend or its driver failed in some other way' },
} as const satisfies Record<string, { readonly retry: 'no' | 'yes'; readonly when: string }>

export type ErrorCode = keyof typeof ERROR_CODES

type Passing = { [C in ErrorCode]: (typeof ERROR_CODES)[C]['retry'] extends 'yes' ? C : never }[ErrorCode]

/** What trying again can help, once more: the list above is for people, and stays out of bundles that do not name it. */
const PASSING: Readonly<Record<Passing, true>> = { TIMEOUT: true, UNAVAILABLE: true, REJECTED: true, BUSY: true }

/** `exhausted`: it was worth trying again, and that has been done; an outer retry leaves it alone. */
export type Retry = 'no' | 'yes' | 'exhausted'

export type Details = Readonly<Record<string, string | number | boolean>>

/** What became of one key of a batch that failed in part. */
export type KeyOutcome =
  | { readonly key: string; readonly value: unknown }
  | { readonly key: string; readonly error: CacheError }

export interface CacheErrorOptions {
  readonly retry?: Retry | undefined
  /** `unknown`: the write may have happened. Default `none`. */
  readonly outcome?: 'none' | 'unknown' | undefined
  readonly operation?: string | undefined
  /** The store or layer that raised it. */
  readonly source?: string | undefined
  /** Flat facts, without values or secrets. */
  readonly details?: Details | undefined
  readonly outcomes?: readonly KeyOutcome[] | undefined
  readonly cause?: unknown
}

/** Two copies of core agree through the registry of symbols, which `instanceof` would not. */
const BRAND: unique symbol = Symbol.for('cachette.error')

export class CacheError extends Error {
  override readonly name: string = 'CacheError'
  readonly [BRAND]: true = true
  readonly code: ErrorCode
  readonly retry: Retry
  readonly outcome: 'none' | 'unknown'
  readonly operation: string | undefined
  readonly source: string | undefined
  readonly details: Details
  readonly outcomes: readonly KeyOutcome[] | undefined

  constructor(code: ErrorCode, message: string, options: CacheErrorOptions = {}) {
    super(`${code}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retry = options.retry ?? (code in PASSING ? 'yes' : 'no')
    this.outcome = options.outcome ?? 'none'
    this.operation = options.operation
    this.source = options.source
    this.details = options.details ?? {}
    this.outcomes = options.outcomes
  }
}

export function isCacheError(error: unknown): error is CacheError {
  return typeof error === 'object' && error !== null && BRAND in error
}

/** Any failure as a `CacheError`: what is one already stays as it is, anything else is `BACKEND` with its cause. */
export function toCacheError(error: unknown, options: CacheErrorOptions = {}): CacheError {
  if (isCacheError(error)) return error
  return new CacheError('BACKEND', textOf(error), { ...options, cause: error })
}

/** The refusal of what a store, or a stack over it, does not declare. */
export function unsupported(operation: string, source: string, why: string): CacheError {
  return new CacheError('UNSUPPORTED', `${operation} on ${source}: ${why}`, { operation, source })
}

/** The same failure, of which more is known. */
export function restated(
  error: CacheError,
  facts: Pick<CacheErrorOptions, 'outcome' | 'outcomes' | 'retry' | 'details'>,
  about = '',
): CacheError {
  const { code, message, ...known } = error
  return new CacheError(code, about + message.slice(`${code}: `.length), { ...known, ...facts, cause: error })
}

/** Errors of other realms are no instances of this one's, and not all that is thrown can become a string. */
export function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  return 'message' in error ? String(error.message) : 'something without a message was thrown'
}
