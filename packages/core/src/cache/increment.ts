import { andThen } from '../awaitable.js'
import type { Awaitable } from '../contract.js'
import { CacheError } from '../errors.js'
import { shown } from '../options.js'
import type { IncrementOptions } from './types.js'
import type { VerbSet } from './verbs.js'

/** Adds to a number, as one step. What is no number, and a sum that is none, is refused and left as it is. */
export function increment<V, S>(
  verbs: VerbSet<V, S>,
  key: string,
  by: number,
  options: IncrementOptions | undefined,
): Awaitable<number> {
  const { initial = 0, ...rest } = options ?? {}
  let sum = 0
  const add = (value: V | undefined): V => {
    sum = checked(value === undefined ? initial : value, 'the value there') + checked(by, 'the amount')
    checked(sum, 'the sum')
    // Offered only where a number is a V: see `increment` in types.ts.
    return sum as V
  }
  return andThen(verbs.update(key, add, rest), () => sum)
}

function checked(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new CacheError('INVALID_VALUE', `increment: expected ${what} to be a finite number, got ${shown(value)}`, {
    operation: 'increment',
    details: { path: 'value' },
  })
}
