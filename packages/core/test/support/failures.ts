import { expect } from 'vitest'
import { type CacheError, type ErrorCode, isCacheError } from '../../src/errors.js'

/** The typed error that the run throws at once; any other end of it fails the test. */
export function thrownBy(run: () => unknown): CacheError {
  try {
    run()
  } catch (error) {
    if (isCacheError(error)) return error
    throw error
  }
  throw new Error('expected a failure that is thrown at once')
}

/** The typed error that the promise is rejected with. */
export async function rejectionOf(promise: unknown): Promise<CacheError> {
  expect(promise).toBeInstanceOf(Promise)
  try {
    await promise
  } catch (error) {
    if (isCacheError(error)) return error
    throw error
  }
  throw new Error('expected a rejection')
}

export function expectCode(run: () => unknown, code: ErrorCode, message?: RegExp | string): void {
  const error = thrownBy(run)
  expect(error.code).toBe(code)
  if (message !== undefined) expect(error.message).toMatch(message)
}
