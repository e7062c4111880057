import { type CacheError, isCacheError } from '@cachette/core'
import { expect } from 'vitest'

/** What it throws, or rejects with: a failure of the house. */
export async function failureOf(run: () => unknown): Promise<CacheError> {
  try {
    await run()
  } catch (error) {
    if (isCacheError(error)) return error
    throw error
  }
  return expect.unreachable('expected a failure, got an answer')
}
