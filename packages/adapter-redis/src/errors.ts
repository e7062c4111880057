import { CacheError, type ErrorCode, isCacheError, type Retry } from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'

/** What a failure means for a store. */
interface Meaning {
  readonly code: ErrorCode
  readonly says: string
  readonly retry?: Retry
}

const BUSY = 'the server is not ready to answer'
const ELSEWHERE = 'the slot is being moved to another server'
const NOT_ALLOWED = 'the server does not let this user in, or do that'

/** The first word of an error reply. The server has refused the command then, so nothing of it has happened. */
const REPLIES = {
  OOM: { code: 'FULL', says: 'the server has reached its maxmemory and may not evict' },
  READONLY: { code: 'READ_ONLY', says: 'the server is a replica', retry: 'yes' },
  NOREPLICAS: { code: 'READ_ONLY', says: 'the server has too few replicas to take writes', retry: 'yes' },
  MISCONF: { code: 'READ_ONLY', says: 'the server takes no writes while it cannot save to its disk' },
  LOADING: { code: 'UNAVAILABLE', says: BUSY },
  BUSY: { code: 'UNAVAILABLE', says: BUSY },
  MASTERDOWN: { code: 'UNAVAILABLE', says: BUSY },
  CLUSTERDOWN: { code: 'UNAVAILABLE', says: 'the cluster does not serve this slot' },
  MOVED: { code: 'UNAVAILABLE', says: ELSEWHERE },
  ASK: { code: 'UNAVAILABLE', says: ELSEWHERE },
  TRYAGAIN: { code: 'UNAVAILABLE', says: ELSEWHERE },
  NOAUTH: { code: 'BACKEND', says: NOT_ALLOWED },
  WRONGPASS: { code: 'BACKEND', says: NOT_ALLOWED },
  NOPERM: { code: 'BACKEND', says: NOT_ALLOWED },
  WRONGTYPE: { code: 'BACKEND', says: 'something of another type is stored there' },
} as const satisfies Readonly<Record<string, Meaning>>

/** What the driver says of itself, by how its message begins. */
const DRIVER: readonly (readonly [begins: string, meaning: Meaning])[] = [
  ['Connection is closed', { code: 'UNAVAILABLE', says: 'the connection was lost' }],
  ['Reached the max retries per request limit', { code: 'UNAVAILABLE', says: 'the connection was lost' }],
  ["Stream isn't writeable", { code: 'UNAVAILABLE', says: 'there is no connection' }],
  ['Command aborted due to connection close', { code: 'UNAVAILABLE', says: 'the connection was lost' }],
  ['All sentinels are unreachable', { code: 'UNAVAILABLE', says: 'no sentinel knows a master' }],
  ['None of startup nodes is available', { code: 'UNAVAILABLE', says: 'no server of the cluster can be reached' }],
  ['Failed to refresh slots cache', { code: 'UNAVAILABLE', says: 'no server of the cluster can be reached' }],
  ['expected a master', { code: 'UNAVAILABLE', says: 'the sentinels name a server that is no master' }],
  ['Too few replicas', { code: 'UNAVAILABLE', says: 'too few replicas have what was written' }],
  ['Command timed out', { code: 'TIMEOUT', says: "the client's own time limit passed" }],
  ['Socket timeout', { code: 'TIMEOUT', says: "the client's own time limit passed" }],
]

/** What was asked when it failed. */
export interface Asked {
  readonly operation: string
  readonly source: string
  /** Whether the server may have begun with it. */
  readonly isSent: boolean
}

/** Whatever the driver or the server said, as one of the cache's own errors. */
export function translated(error: unknown, asked: Asked): CacheError {
  if (isCacheError(error)) return error
  const { operation, source } = asked
  const cause = withoutCommand(error)
  const word = replyWord(error)
  if (word !== undefined) {
    const { code, says, retry } = meaningOf(word)
    return new CacheError(code, `${says} (${word})`, { operation, source, retry, cause, details: { reply: word } })
  }
  const outcome = inDoubt(asked) ? 'unknown' : 'none'
  const known = DRIVER.find(([begins]) => messageOf(error).startsWith(begins))?.[1]
  if (known !== undefined) return new CacheError(known.code, known.says, { operation, source, outcome, cause })
  if (isProtocolError(error)) {
    const says = 'the answer is not of the protocol'
    return new CacheError('BACKEND', says, { operation, source, outcome, retry: 'yes', cause })
  }
  const system = errnoError(error, { operation, source, writing: inDoubt(asked) })
  return system ?? new CacheError('BACKEND', messageOf(error), { operation, source, outcome, cause })
}

/** The deadline passed while it was waiting to be sent, or for its answer. */
export function tooLate(asked: Asked): CacheError {
  const { operation, source, isSent } = asked
  const outcome = inDoubt(asked) ? 'unknown' : 'none'
  const says = isSent ? 'the server did not answer in time' : 'there was no connection in time'
  return new CacheError('TIMEOUT', says, { operation, source, outcome })
}

/** The first word of an error reply; nothing where it is another failure. */
export function replyWord(error: unknown): string | undefined {
  if (isCacheError(error)) return typeof error.details['reply'] === 'string' ? error.details['reply'] : undefined
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined
  return /^-?([A-Z]+)\b/.exec(error.message)?.[1] ?? 'ERR'
}

function meaningOf(word: string): Meaning {
  return Object.hasOwn(REPLIES, word)
    ? REPLIES[word as keyof typeof REPLIES]
    : { code: 'BACKEND', says: 'the server refused the command' }
}

function inDoubt({ operation, isSent }: Asked): boolean {
  return isSent && (operation === 'write' || operation === 'clear' || operation === 'publish')
}

function isProtocolError(error: unknown): boolean {
  return (error instanceof Error && error.name === 'ParserError') || messageOf(error).endsWith('Please report this.')
}

/** The driver hangs the command on its errors, with keys, values and passwords. */
function withoutCommand(error: unknown): Error {
  const bare = new Error(messageOf(error))
  if (error instanceof Error) {
    bare.name = error.name
    if (error.stack !== undefined) bare.stack = error.stack
  }
  return bare
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
