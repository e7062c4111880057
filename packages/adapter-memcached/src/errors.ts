import { CacheError, type ErrorCode, isCacheError, type Retry, toCacheError } from '@cachette/core'
import { errnoError, restated } from '@cachette/core/adapter'
import { ProtocolError, Refusal } from './protocol.js'
import { Lost } from './wire.js'

/** What a status means for a store. The server has refused the request then, so nothing of it has happened. */
interface Meaning {
  readonly code: ErrorCode
  readonly says: string
  readonly retry?: Retry
}

const NOT_NOW = 'the server is not ready to answer'
const NOT_ALLOWED = 'the server does not let this user in'

const STATUSES: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [0x03, { code: 'TOO_LARGE', says: "the item is larger than the server's -I allows; say that in maxItemBytes" }],
  [0x04, { code: 'BACKEND', says: 'the server does not take the request' }],
  [0x20, { code: 'BACKEND', says: NOT_ALLOWED }],
  [0x21, { code: 'BACKEND', says: NOT_ALLOWED }],
  [0x81, { code: 'BACKEND', says: 'the server does not know the command' }],
  [0x82, { code: 'FULL', says: 'the server has no memory left, and may or can not evict' }],
  [0x83, { code: 'BACKEND', says: 'the server does not support the command' }],
  [0x84, { code: 'UNAVAILABLE', says: NOT_NOW }],
  [0x85, { code: 'UNAVAILABLE', says: NOT_NOW }],
  [0x86, { code: 'UNAVAILABLE', says: NOT_NOW }],
])

export type Operation = 'read' | 'write' | 'clear'

/** What was asked when it failed. */
export interface Asked {
  readonly operation: Operation
  readonly source: string
  /** Whether the server may have begun to change something. */
  readonly inDoubt: boolean
}

/** Whatever the server or the system said, as one of the cache's own errors. */
export function translated(error: unknown, { operation, source, inDoubt }: Asked): CacheError {
  if (isCacheError(error)) return error
  const outcome = inDoubt ? 'unknown' : 'none'
  const facts = { operation, source, cause: error }
  if (error instanceof Refusal) {
    const meaning = STATUSES.get(error.status) ?? { code: 'BACKEND', says: 'the server refused the request' }
    const status = `0x${error.status.toString(16).padStart(2, '0')}`
    return new CacheError(meaning.code, `${meaning.says} (${status})`, { ...facts, details: { status } })
  }
  if (error instanceof Lost) return new CacheError('UNAVAILABLE', error.message, { ...facts, outcome })
  if (error instanceof ProtocolError) {
    return new CacheError('BACKEND', error.message, { ...facts, outcome, retry: 'yes' })
  }
  const system = errnoError(error, { operation, source, writing: inDoubt })
  return system ?? new CacheError('BACKEND', messageOf(error), { ...facts, outcome })
}

/** The deadline passed while it was waiting to be sent, or for its answer. */
export function tooLate(isSent: boolean, { operation, source, inDoubt }: Asked): CacheError {
  const says = isSent ? 'the server did not answer in time' : 'there was no connection in time'
  return new CacheError('TIMEOUT', says, { operation, source, outcome: inDoubt ? 'unknown' : 'none' })
}

/** Of a store that cannot list its keys. */
export function refused(operation: string, source: string, why: string): CacheError {
  return new CacheError('UNSUPPORTED', `${operation} on ${source}: ${why}`, { operation, source })
}

/** Of a clear that did not reach all of so many servers: it may be made again. */
export function endedInPart(failures: readonly unknown[], count: number): CacheError {
  const errors = failures.map((failure) => toCacheError(failure))
  const [first = new CacheError('BACKEND', 'a server failed')] = errors
  const isInDoubt = errors.length < count || errors.some(({ outcome }) => outcome === 'unknown')
  const about = count === 1 ? '' : `${errors.length} of ${count} servers failed: `
  return restated(first, { outcome: isInDoubt ? 'unknown' : 'none' }, about)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
