import { type CacheError, toCacheError } from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'

/** What went wrong on the file system as the cache's own error. */
export function fileError(error: unknown, facts: Parameters<typeof errnoError>[1]): CacheError {
  const { operation, source, details, writing } = facts
  return (
    errnoError(error, facts) ??
    toCacheError(error, { operation, source, details, outcome: writing ? 'unknown' : 'none' })
  )
}

/** Whether it failed in this way: for what is expected to fail so, and means something. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** What it gives, or nothing where it failed in one of these ways. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (failedWith(error, ...codes)) return undefined
    throw error
  }
}

export const MISSING = ['ENOENT', 'ENOTDIR'] as const
