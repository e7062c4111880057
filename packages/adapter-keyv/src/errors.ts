import { CacheError, type ErrorCode, toCacheError } from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'

interface Meaning {
  readonly code: ErrorCode
  readonly says: string
}

const NOT_CONNECTED = { code: 'UNAVAILABLE', says: 'the store is not connected to its server' } as const

/** What the drivers under Keyv's own stores call their failures: by `code`, or by the class, which not all name. */
const FAILURES = {
  SQLITE_FULL: { code: 'FULL', says: 'the device has no room left' },
  SQLITE_READONLY: { code: 'READ_ONLY', says: 'the database takes no writes' },
  SQLITE_BUSY: { code: 'LOCKED', says: 'another connection holds the database' },
  SQLITE_CORRUPT: { code: 'CORRUPT', says: 'the database is damaged' },
  ClientClosedError: NOT_CONNECTED,
  ClientOfflineError: NOT_CONNECTED,
  DisconnectsClientError: NOT_CONNECTED,
  SocketClosedUnexpectedlyError: NOT_CONNECTED,
  SocketTimeoutError: NOT_CONNECTED,
  ConnectionTimeoutError: NOT_CONNECTED,
} as const satisfies Readonly<Record<string, Meaning>>

export interface Asked {
  readonly operation: string
  readonly source: string
  /** Whether the store may have begun to change something. */
  readonly writing: boolean
}

/** Whatever the store threw, or told as an `error`, as one of the cache's own errors. */
export function storeError(error: unknown, asked: Asked): CacheError {
  const { operation, source, writing } = asked
  const outcome = writing ? 'unknown' : 'none'
  const known = meaningOf(error)
  if (known !== undefined) return new CacheError(known.code, known.says, { operation, source, outcome, cause: error })
  return errnoError(error, asked) ?? toCacheError(error, { operation, source, outcome })
}

function meaningOf(error: unknown): Meaning | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const code = 'code' in error ? error.code : undefined
  const name = [code, error.constructor?.name].find((some) => typeof some === 'string' && Object.hasOwn(FAILURES, some))
  return name === undefined ? undefined : FAILURES[name as keyof typeof FAILURES]
}
