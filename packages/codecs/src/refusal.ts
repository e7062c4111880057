import { CacheError } from '@cachette/core'

/** More levels than this overflow the stack of whoever walks a value; core's JSON has the same limit. */
export const MAX_DEPTH = 1000

const LONGEST_PATH = 200

/** Why a value cannot be carried, as `findFault` of core says it for JSON. */
export function refusal(codec: string, got: string, path: readonly Step[], cause?: unknown): CacheError {
  const whole = `value${path.map(shownStep).join('')}`
  const shown = whole.length > LONGEST_PATH ? `${whole.slice(0, LONGEST_PATH)}…` : whole
  return new CacheError('INVALID_VALUE', `${codec} cannot carry ${got} at ${shown}`, {
    source: codec,
    details: { path: shown, got },
    cause,
  })
}

/** A property, an item, or a way in that has no name: into a map or a set. */
export type Step = string | number | readonly [way: string]

/** `.name`, `["a b"]`, `[3]`: put together only where something was refused. */
function shownStep(step: Step): string {
  if (typeof step === 'number') return `[${step}]`
  if (typeof step === 'object') return step[0]
  return /^[a-z_$][\w$]*$/i.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

export function describe(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null
  return `an instance of ${prototype?.constructor?.name || 'an unnamed class'}`
}

/** What is thrown at bytes that are no value; the codec makes `CORRUPT` of it. */
export function damaged(why: string): Error {
  return new Error(why)
}
