import { CacheError, type Change, type KeyOutcome } from '@cachette/core'
import { SOURCE } from './backend.js'
import { storeError } from './errors.js'

/** The answers to a batch; where a part of it failed, an error that carries the outcome of each key. */
export function answersOf(
  changes: readonly Change[],
  done: readonly PromiseSettledResult<boolean>[],
): readonly boolean[] {
  const outcomes = done.map((result, index): KeyOutcome => {
    const key = changes[index]?.key ?? ''
    if (result.status === 'fulfilled') return { key, value: result.value }
    return { key, error: storeError(result.reason, { operation: 'write', source: SOURCE, writing: true }) }
  })
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))
  const [first] = errors
  if (first === undefined) return done.map((result) => result.status === 'fulfilled' && result.value)
  if (changes.length === 1) throw first
  const isInDoubt = errors.length < changes.length || errors.some(({ outcome }) => outcome === 'unknown')
  const { code, retry, details, message } = first
  throw new CacheError(code, `${errors.length} of ${changes.length} changes failed, the first so: ${message}`, {
    operation: 'write',
    source: SOURCE,
    retry,
    outcome: isInDoubt ? 'unknown' : 'none',
    details,
    outcomes,
    cause: first,
  })
}
