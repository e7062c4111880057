import { CacheError } from '@cachette/core'

/** More levels than this overflow the stack of whoever walks a value; core's JSON has the same limit. */
export const MAX_DEPTH = 1000

const LONGEST_PATH = 200

/** Why a value cannot be carried, as `findFault` of core says it for JSON. */
export function refusal(codec: string, got: string, steps: readonly string[], cause?: unknown): CacheError {
  const place = `value${steps.join('')}`
  const path = place.length > LONGEST_PATH ? `${place.slice(0, LONGEST_PATH)}…` : place
  return new CacheError('INVALID_VALUE', `${codec} cannot carry ${got} at ${path}`, {
    source: codec,
    details: { path, got },
    cause,
  })
}

/** One step of a path to the culprit: `.name`, `["a b"]`, `[3]`. */
export function step(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

export function describe(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null
  return `an instance of ${prototype?.constructor?.name || 'an unnamed class'}`
}

/** What is thrown at bytes that are no value; the codec makes `CORRUPT` of it. */
export function damaged(why: string): Error {
  return new Error(why)
}
