import { CacheError, type Change, type KeyOutcome } from '@cachette/core'
import { fileError } from './errors.js'

/** The answers to a batch; where a part of it failed, an error that carries the outcome of each key. */
export function answersOf(
  changes: readonly Change[],
  done: readonly PromiseSettledResult<boolean>[],
  source: string,
): readonly boolean[] {
  const facts = { operation: 'write', source, writing: true }
  const outcomes = done.map((result, index): KeyOutcome => {
    const key = changes[index]?.key ?? ''
    if (result.status === 'fulfilled') return { key, value: result.value }
    return { key, error: fileError(result.reason, facts) }
  })
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []))
  const [first] = errors
  if (first === undefined) return done.map((result) => result.status === 'fulfilled' && result.value)
  if (changes.length === 1) throw first
  const isInDoubt = errors.length < changes.length || errors.some(({ outcome }) => outcome === 'unknown')
  throw new CacheError(
    first.code,
    `${errors.length} of ${changes.length} changes failed, the first so: ${first.message}`,
    {
      operation: 'write',
      source,
      retry: first.retry,
      outcome: isInDoubt ? 'unknown' : 'none',
      details: first.details,
      outcomes,
      cause: first,
    },
  )
}
