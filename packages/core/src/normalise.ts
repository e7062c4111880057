import { isPromise } from './awaitable.js'
import type { Awaitable } from './contract.js'
import { type CacheError, toCacheError } from './errors.js'

/** What came out of a store or layer as a `CacheError`: of a write nobody knows then whether it has happened. */
export function failed(operation: string, source: string, error: unknown): CacheError {
  const outcome = operation === 'read' || operation === 'scan' ? 'none' : 'unknown'
  return toCacheError(error, { operation, source, outcome })
}

/** The same work, every failure of which is a `CacheError`. */
export function normalised<T>(operation: string, source: string, run: () => Awaitable<T>): Awaitable<T> {
  let result: Awaitable<T>
  try {
    result = run()
  } catch (error) {
    throw failed(operation, source, error)
  }
  if (!isPromise(result)) return result
  return result.catch((error: unknown) => {
    throw failed(operation, source, error)
  })
}
