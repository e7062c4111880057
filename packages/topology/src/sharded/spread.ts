import { type Awaitable, andThen, type KeyOutcome, toCacheError } from '@cachette/core'
import { failedInPart, mapped, recover } from '@cachette/core/adapter'

type Part<R> = { readonly answers: readonly R[] } | { readonly error: unknown }

/**
 * One batch as several, each for its own place, all at once. Where some fail the whole does, with what became of each
 * key; the others are done all the same.
 */
export function spread<P, T, R>(
  items: readonly T[],
  keyOf: (item: T) => string,
  placeOf: (key: string) => P,
  run: (place: P, items: readonly T[]) => Awaitable<readonly R[]>,
): Awaitable<readonly R[]> {
  const places = new Map<P, number[]>()
  for (const [index, item] of items.entries()) {
    const place = placeOf(keyOf(item))
    const others = places.get(place)
    if (others === undefined) places.set(place, [index])
    else others.push(index)
  }
  const groups = [...places]
  const [only] = groups
  if (only !== undefined && groups.length === 1) return run(only[0], items)
  const parts = mapped(groups, ([place, indexes]) =>
    recover<Part<R>, Part<R>>(
      () =>
        andThen(
          run(
            place,
            indexes.flatMap((index) => items.slice(index, index + 1)),
          ),
          (answers) => ({ answers }),
        ),
      (error) => ({ error }),
    ),
  )
  return andThen(parts, (done) =>
    joined(
      items,
      keyOf,
      groups.map(([, indexes]) => indexes),
      done,
    ),
  )
}

function joined<T, R>(
  items: readonly T[],
  keyOf: (item: T) => string,
  groups: readonly (readonly number[])[],
  parts: readonly Part<R>[],
): readonly R[] {
  const answers: R[] = []
  const outcomes: KeyOutcome[] = []
  let isWhole = true
  for (const [place, part] of parts.entries()) {
    const indexes = groups[place] ?? []
    if ('error' in part) {
      isWhole = false
      const error = toCacheError(part.error)
      const own = new Map(error.outcomes?.map((outcome) => [outcome.key, outcome]))
      for (const key of new Set(keysOf(items, indexes, keyOf))) outcomes.push(own.get(key) ?? { key, error })
      continue
    }
    for (const [at, answer] of part.answers.entries()) answers[indexes[at] ?? 0] = answer
    for (const [at, key] of keysOf(items, indexes, keyOf).entries()) outcomes.push({ key, value: part.answers[at] })
  }
  if (isWhole) return answers
  throw failedInPart([...new Map(outcomes.map((outcome) => [outcome.key, outcome])).values()])
}

function keysOf<T>(items: readonly T[], indexes: readonly number[], keyOf: (item: T) => string): readonly string[] {
  return indexes.flatMap((index) => items.slice(index, index + 1).map(keyOf))
}
