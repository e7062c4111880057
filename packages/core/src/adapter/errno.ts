import { CacheError, type CacheErrorOptions, type Details, type ErrorCode } from '../errors.js'

/** What an operating system's error means for a store. `outcome` is that of a write under way. */
interface Meaning {
  readonly code: ErrorCode
  readonly says: string
  readonly outcome?: 'unknown'
}

const FULL = { code: 'FULL', says: 'the device has no room left' } as const
const READ_ONLY = { code: 'READ_ONLY', says: 'writing there is not allowed' } as const
const NOT_ALLOWED = { code: 'BACKEND', says: 'this user may not do that there' } as const
const GONE = { code: 'UNAVAILABLE', says: 'what the store stands on is not there' } as const
const TOO_MANY = { code: 'UNAVAILABLE', says: 'too many files are open' } as const
const UNREACHABLE = { code: 'UNAVAILABLE', says: 'the server cannot be reached' } as const
const CUT_OFF = { code: 'UNAVAILABLE', says: 'the connection was lost', outcome: 'unknown' } as const

/** The one table of them; `EACCES` and `EPERM` depend on what was being done. */
const ERRNO = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EROFS: READ_ONLY,
  ENOENT: GONE,
  ESTALE: GONE,
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  ECONNREFUSED: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ECONNRESET: CUT_OFF,
  EPIPE: CUT_OFF,
  ETIMEDOUT: { code: 'TIMEOUT', says: 'the server did not answer', outcome: 'unknown' },
  EIO: { code: 'BACKEND', says: 'the device failed', outcome: 'unknown' },
  ENOTDIR: { code: 'BACKEND', says: 'expected a directory, got a file' },
  EISDIR: { code: 'BACKEND', says: 'expected a file, got a directory' },
} as const satisfies Readonly<Record<string, Meaning>>

export type Errno = keyof typeof ERRNO | 'EACCES' | 'EPERM'

export interface ErrnoFacts {
  readonly operation?: string | undefined
  readonly source: string
  readonly details?: Details | undefined
  /** Whether it came of something that changes what is stored. */
  readonly writing: boolean
}

/** A failure of the operating system as the cache's own; nothing where it is of another kind. */
export function errnoError(error: unknown, facts: ErrnoFacts): CacheError | undefined {
  const errno = errnoOf(error)
  const meaning = errno === undefined ? undefined : meaningOf(errno, facts.writing)
  if (errno === undefined || meaning === undefined) return undefined
  const { operation, source, details } = facts
  const outcome = facts.writing ? meaning.outcome : undefined
  const options: CacheErrorOptions = { operation, source, outcome, cause: error, details: { ...details, errno } }
  return new CacheError(meaning.code, `${meaning.says} (${errno})`, options)
}

function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function meaningOf(errno: string, writing: boolean): Meaning | undefined {
  if (errno === 'EACCES' || errno === 'EPERM') return writing ? READ_ONLY : NOT_ALLOWED
  return Object.hasOwn(ERRNO, errno) ? ERRNO[errno as keyof typeof ERRNO] : undefined
}
