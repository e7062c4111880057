import { statfsSync } from 'node:fs'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { CacheError, type CacheErrorOptions, type ErrorCode, isCacheError, toCacheError } from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'

export const SOURCE = 'lmdb'

/** What a number of the driver's own means. A write is rolled back whole, so its outcome is known. */
const CODES: ReadonlyMap<number, { readonly code: ErrorCode; readonly says: string }> = new Map([
  [-30797, { code: 'CORRUPT', says: 'a page is missing' }],
  [-30796, { code: 'CORRUPT', says: 'a page is damaged' }],
  [-30795, { code: 'BACKEND', says: 'the environment had to be given up' }],
  [-30794, { code: 'BACKEND', says: 'the file is of another version of LMDB' }],
  [-30793, { code: 'CORRUPT', says: 'the file is none of LMDB' }],
  [-30792, { code: 'FULL', says: 'the map has no room left' }],
  [-30791, { code: 'FULL', says: 'there are too many stores in one environment' }],
  [-30790, { code: 'UNAVAILABLE', says: 'too many processes read at once' }],
  [-30788, { code: 'FULL', says: 'one turn wrote more than a transaction holds' }],
  [-30785, { code: 'UNAVAILABLE', says: 'another process made the map grow' }],
  [-30784, { code: 'BACKEND', says: 'the store was made by another program' }],
  [-30782, { code: 'CORRUPT', says: 'a page is damaged' }],
  [-30779, { code: 'CORRUPT', says: 'the pages do not add up' }],
])

const CLOSED = /database (is|has been) closed|closed (database|environment)|already closed/i

/** The driver's failure as the cache's own. */
export function translated(error: unknown, operation: string, writing: boolean): CacheError {
  if (isCacheError(error)) return error
  const facts = { operation, source: SOURCE }
  const number = numberOf(error)
  const known = number === undefined ? undefined : CODES.get(number)
  if (known !== undefined) {
    return new CacheError(known.code, known.says, { ...facts, details: { code: number ?? 0 }, cause: error })
  }
  const system = number !== undefined && number > 0 ? Object.assign(new Error(textOf(error)), named(number)) : error
  const options: CacheErrorOptions = { ...facts, outcome: writing ? 'unknown' : 'none' }
  return (
    errnoError(system, { ...facts, writing }) ??
    (CLOSED.test(textOf(error))
      ? new CacheError('CLOSED', 'the environment is closed', { ...facts, cause: error })
      : toCacheError(error, options))
  )
}

/**
 * Why a transaction failed. A commit fails with an error that only points to the real one, which must be heard or it
 * ends the process. A disk that takes a part of a page alone is, to LMDB, a device that failed.
 */
export async function reasonOf(error: unknown, path: string): Promise<unknown> {
  const reason = await pointedTo(error)
  const isCut = numberOf(reason) === constants.errno.EIO && isFull(path)
  return isCut ? Object.assign(new Error('no room left', { cause: reason }), { code: constants.errno.ENOSPC }) : reason
}

async function pointedTo(error: unknown): Promise<unknown> {
  if (typeof error !== 'object' || error === null || !('commitError' in error)) return error
  try {
    await error.commitError
    return error
  } catch (reason) {
    return reason
  }
}

/** Less is left than a transaction asks for. */
const LITTLE_BYTES = 2 ** 20

function isFull(path: string): boolean {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize < LITTLE_BYTES
}

function numberOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'number' ? error.code : undefined
}

function named(number: number): { readonly code: string } {
  return { code: getSystemErrorName(-number) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
