import { isPromise } from './awaitable.js'
import type { Awaitable } from './contract.js'
import { type CacheError, toCacheError } from './errors.js'

/** What came out of a store or layer as a `CacheError`: of a write nobody knows then whether it has happened. */
export function failed(operation: string, source: string, error: unknown): CacheError {
  const outcome = operation === 'read' || operation === 'scan' ? 'none' : 'unknown'
  return toCacheError(error, { operation, source, outcome })
}

/** The same work, every failure of which is a `CacheError`. `check` looks at the answer, and may throw. */
export function normalised<T>(
  operation: string,
  source: string,
  run: () => Awaitable<T>,
  check: (answer: T) => T = asItIs,
): Awaitable<T> {
  let result: Awaitable<T>
  try {
    result = run()
  } catch (error) {
    throw failed(operation, source, error)
  }
  if (!isPromise(result)) return check(result)
  return result.then(check, (error: unknown) => {
    throw failed(operation, source, error)
  })
}

function asItIs<T>(answer: T): T {
  return answer
}
