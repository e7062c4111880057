import { CacheError } from './errors.js'

/** What an option may be, in words, and how to tell. */
export interface Rule {
  readonly expected: string
  accepts(value: unknown): boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

// Each by itself, so that a bundle carries those alone that something in it names.
export const POSITIVE_MS: Rule = {
  expected: 'a positive number of milliseconds or Infinity',
  accepts: (value) => isNumber(value) && value > 0,
}
export const NON_NEGATIVE_MS: Rule = {
  expected: 'zero or more milliseconds',
  accepts: (value) => isNumber(value) && value >= 0,
}
const POSITIVE_INTEGER: Rule = {
  expected: 'a positive whole number',
  accepts: (value) => Number.isInteger(value) && Number(value) > 0,
}
export const FRACTION: Rule = {
  expected: 'a number between 0 and 1',
  accepts: (value) => isNumber(value) && value > 0 && value < 1,
}
export const BOOLEAN: Rule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }
export const TEXT: Rule = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value !== '',
}
export const FUNCTION: Rule = { expected: 'a function', accepts: (value) => typeof value === 'function' }
export const OBJECT: Rule = { expected: 'an object', accepts: isObject }
export const LIST: Rule = { expected: 'an array', accepts: (value) => Array.isArray(value) }
const ANY: Rule = { expected: 'anything', accepts: () => true }
export const SIGNAL: Rule = {
  expected: 'an AbortSignal',
  accepts: (value) => typeof value === 'object' && value !== null && 'aborted' in value,
}
export const CLOCK: Rule = { expected: 'a clock { now, setTimer }', accepts: isClock }

/** One of a few words. */
export function oneOf(...words: readonly string[]): Rule {
  return {
    expected: words.map((word) => `'${word}'`).join(' or '),
    accepts: (value) => words.some((word) => word === value),
  }
}

/** The rules that options share, here and in adapters and layers. */
export const RULES = {
  positiveMs: POSITIVE_MS,
  nonNegativeMs: NON_NEGATIVE_MS,
  positiveInteger: POSITIVE_INTEGER,
  fraction: FRACTION,
  boolean: BOOLEAN,
  text: TEXT,
  run: FUNCTION,
  object: OBJECT,
  list: LIST,
  clock: CLOCK,
  any: ANY,
} as const satisfies Record<string, Rule>

export type Rules<T> = { readonly [Name in keyof T]-?: Rule }

/**
 * Checks options as a whole: names that are not known are refused with the nearest that is, values that do not fit
 * with what was expected and what came. An option that is left out or `undefined` is fine, unless it is `required`.
 */
export function checkOptions<T extends object>(
  owner: string,
  given: T,
  rules: Rules<T>,
  required: readonly (keyof T & string)[] = [],
): T {
  if (!isObject(given)) throw wrong(`${owner} expected its options as an object, got ${shown(given)}`)
  for (const name of [...Object.keys(given), ...required]) {
    const value = given[name as keyof T]
    const found = Object.hasOwn(rules, name) ? rules[name as keyof T] : undefined
    if (found === undefined) throw wrong(`${owner} has no option "${name}"${hint(name, Object.keys(rules))}`)
    const isFine = value === undefined ? !required.some((other) => other === name) : found.accepts(value)
    if (!isFine) throw wrong(`${owner}: expected ${name} to be ${found.expected}, got ${shown(value)}`)
  }
  return given
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('now' in value) || !('setTimer' in value)) return false
  return typeof value.now === 'function' && typeof value.setTimer === 'function'
}

export function hint(name: string, known: readonly string[]): string {
  const nearest = known.map((other) => ({ other, far: distance(name, other) })).sort((a, b) => a.far - b.far)[0]
  if (nearest !== undefined && nearest.far <= 1 + name.length / 3) return `: did you mean "${nearest.other}"?`
  return `; it has ${known.join(', ')}`
}

/** How many letters one has that the other lacks. Where they stand is no matter: few names are made of the same. */
function distance(a: string, b: string): number {
  const lacking = [...a].reduce((rest, letter) => rest.replace(letter, ''), b)
  return Math.max(lacking.length, a.length - (b.length - lacking.length))
}

/** A value as an error may show it: its type, and what it is where that is short and no secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value === 'function') return `a function: did you mean ${value.name || 'it'}()?`
  if (typeof value === 'object' && value !== null) {
    if ('then' in value) return 'a promise: await it first'
    return Array.isArray(value) ? 'an array' : 'an object'
  }
  return String(value)
}

export function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message)
}

const ARGUMENTS = {
  function: { expected: 'a function', accepts: FUNCTION.accepts },
  array: { expected: 'an array', accepts: LIST.accepts },
  pairs: { expected: 'pairs [key, value]', accepts: isIterable },
} as const satisfies Record<string, Rule>

/** An argument that a verb cannot do without. */
export function checkArgument(verb: string, name: string, value: unknown, kind: keyof typeof ARGUMENTS): void {
  const { expected, accepts } = ARGUMENTS[kind]
  if (!accepts(value)) throw wrong(`${verb}: expected ${name} to be ${expected}, got ${shown(value)}`)
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}
