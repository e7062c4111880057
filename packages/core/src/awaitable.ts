import type { Awaitable } from './contract.js'

/** By its `then`, since promises of another realm are no instances of ours. Most answers are arrays: those first. */
export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { then }: { readonly then?: unknown } = value
  return typeof then === 'function'
}

/** A single answer that is ready. Looking for what an entry has is far quicker than looking for what it lacks. */
export function isFound<F extends { readonly kind: unknown }>(
  answer: Awaitable<F | undefined>,
): answer is F | undefined {
  return answer === undefined || (answer as { readonly kind?: unknown }).kind !== undefined
}

/** `next` on the value: at once where it is ready, later where it is not. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromise(value) ? value.then(next) : next(value)
}

/** The same, with a way out for failures, thrown or rejected. */
export function recover<T, U>(run: () => Awaitable<T>, rescue: (error: unknown) => Awaitable<U>): Awaitable<T | U> {
  let result: Awaitable<T>
  try {
    result = run()
  } catch (error) {
    return rescue(error)
  }
  return isPromise(result) ? result.then<T | U, T | U>(undefined, rescue) : result
}

/** Runs in order, each when the one before is done; ready steps take no promise. */
export function inOrder<T>(
  items: readonly T[],
  step: (item: T, index: number) => Awaitable<void>,
  from = 0,
): Awaitable<void> {
  for (let index = from; index < items.length; index += 1) {
    const done = step(items[index] as T, index)
    if (isPromise(done)) return done.then(() => inOrder(items, step, index + 1))
  }
}

/** A promise of what `run` gives; a failure that is ready becomes a rejection. */
export async function promised<T>(run: () => Awaitable<T>): Promise<T> {
  return run()
}

/** What `make` gives of each, in order; a promise only where one of them is. */
export function mapped<T, U>(
  items: readonly T[],
  make: (item: T, index: number) => Awaitable<U>,
): Awaitable<readonly U[]> {
  const made: Awaitable<U>[] = []
  try {
    for (const [index, item] of items.entries()) made.push(make(item, index))
  } catch (error) {
    // Nobody will hear of those that have begun.
    for (const other of made) if (isPromise(other)) other.catch(() => undefined)
    throw error
  }
  return all(made)
}

/** All of them, in order; a promise only where one of them is. */
export function all<T>(values: readonly Awaitable<T>[]): Awaitable<readonly T[]> {
  return values.some(isPromise) ? Promise.all(values) : (values as readonly T[])
}
