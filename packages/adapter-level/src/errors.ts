import { CacheError, type Details, type ErrorCode, isCacheError, toCacheError } from '@cachette/core'
import { type Errno, errnoError } from '@cachette/core/adapter'

export const SOURCE = 'level'

/** LevelDB hands an error of the system on as its text alone. */
const TEXTS: Readonly<Record<string, Errno>> = {
  'No space left on device': 'ENOSPC',
  'Disk quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
  'Read-only file system': 'EROFS',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Too many open files': 'EMFILE',
  'No such file or directory': 'ENOENT',
  'Input/output error': 'EIO',
}

/** How LevelDB tells of a table that is not as long as it was, or not there. */
const BROKEN_TABLE = /\.(ldb|sst): (Invalid argument|No such file or directory)$/

/** LevelDB's lock tells them not apart. */
const HELD = 'another process, another worker thread or another copy of this package has it open'

/** The codes of the driver that say what is wrong. */
const CODES: Readonly<Record<string, { readonly code: ErrorCode; readonly says: string }>> = {
  LEVEL_LOCKED: { code: 'LOCKED', says: HELD },
  LEVEL_CORRUPTION: { code: 'CORRUPT', says: 'the database is damaged' },
  LEVEL_DATABASE_NOT_OPEN: { code: 'CLOSED', says: 'the database has been closed' },
}

export interface Doing {
  readonly operation: string
  /** Whether it changes what is stored: then what failed in an unknown way may have been done. */
  readonly writing: boolean
  readonly details?: Details | undefined
}

/** Any failure of the driver or the file system as the cache's own. */
export function levelError(error: unknown, { operation, writing, details }: Doing): CacheError {
  if (isCacheError(error)) return error
  const facts = { operation, source: SOURCE, details }
  for (const one of causes(error)) {
    const known = CODES[codeOf(one)]
    if (known !== undefined) return new CacheError(known.code, known.says, { ...facts, cause: error })
    const system = errnoError(errnoIn(one) ?? one, { ...facts, writing })
    if (system !== undefined) return system
  }
  return toCacheError(error, { ...facts, outcome: writing ? 'unknown' : 'none' })
}

/** What is refused before the driver is asked. */
export function refusal(
  code: 'BACKEND' | 'CORRUPT' | 'LOCKED',
  says: string,
  path: string,
  cause?: unknown,
): CacheError {
  return new CacheError(code, says, { operation: 'open', source: SOURCE, details: { path }, cause })
}

export function locked(path: string): CacheError {
  return refusal('LOCKED', HELD, path)
}

export function isLocked(error: unknown): boolean {
  return causes(error).some((one) => codeOf(one) === 'LEVEL_LOCKED')
}

/** The innermost first: that a database is not open says less than why. */
function causes(error: unknown): readonly unknown[] {
  const found: unknown[] = []
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) found.unshift(one)
  return found.length === 0 ? [error] : found
}

/** The same failure as the system would have told it. */
function errnoIn(error: unknown): Error | undefined {
  const text = error instanceof Error ? error.message : ''
  const known = Object.keys(TEXTS).find((one) => text.endsWith(one))
  return known === undefined ? undefined : Object.assign(new Error(text, { cause: error }), { code: TEXTS[known] })
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (BROKEN_TABLE.test(error.message)) return 'LEVEL_CORRUPTION'
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
