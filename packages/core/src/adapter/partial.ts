import { CacheError, type KeyOutcome, toCacheError } from '../errors.js'

/**
 * Does all of them at once, but those of one key one after the other: the next only where the one before it has
 * succeeded. Where some fail the whole does, with what became of each key.
 */
export async function inPart<T, R>(
  items: readonly T[],
  keyOf: (item: T) => string,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const [only] = items
  if (only !== undefined && items.length === 1) return [await run(only)]
  const last = new Map<string, Promise<R>>()
  const answers = items.map((item) => {
    const before = last.get(keyOf(item))
    const answer = before === undefined ? run(item) : before.then(() => run(item))
    last.set(keyOf(item), answer)
    return answer
  })
  const failed = (await Promise.allSettled(answers)).some(({ status }) => status === 'rejected')
  if (!failed) return Promise.all(answers)
  throw failedInPart(await Promise.all([...last].map(([key, answer]) => outcomeOf(key, answer))))
}

async function outcomeOf(key: string, answer: Promise<unknown>): Promise<KeyOutcome> {
  try {
    return { key, value: await answer }
  } catch (error) {
    return { key, error: toCacheError(error) }
  }
}

/** The failure of a batch of which a part failed: what is worst about any of them is said of the whole. */
export function failedInPart(outcomes: readonly KeyOutcome[]): CacheError {
  const errors = outcomes.flatMap((one) => ('error' in one ? [one.error] : []))
  const [first = new CacheError('BACKEND', 'a part of a batch failed')] = errors
  const text = `${errors.length} of ${outcomes.length} keys failed: ${first.message.slice(`${first.code}: `.length)}`
  const isUnknown = errors.some(({ outcome }) => outcome === 'unknown')
  const { code, retry, operation, source, details } = first
  const outcome = isUnknown ? 'unknown' : 'none'
  return new CacheError(code, text, { retry, operation, source, details, outcome, outcomes, cause: first })
}
