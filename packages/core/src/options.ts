import { CacheError } from './errors.js'

/** What an option may be, in words, and how to tell. */
export interface Rule {
  readonly expected: string
  accepts(value: unknown): boolean
}

/** Those that a frame needs too stand by themselves, so that it brings no other. */
export const FUNCTION: Rule = { expected: 'a function', accepts: (value) => typeof value === 'function' }
export const BOOLEAN: Rule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' }

const isNumber = (value: unknown): value is number => typeof value === 'number'

/** The rules that options share, here and in adapters and layers. */
export const RULES = {
  positiveMs: {
    expected: 'a positive number of milliseconds or Infinity',
    accepts: (value) => isNumber(value) && value > 0,
  },
  nonNegativeMs: { expected: 'zero or more milliseconds', accepts: (value) => isNumber(value) && value >= 0 },
  positiveInteger: {
    expected: 'a positive whole number',
    accepts: (value) => Number.isInteger(value) && Number(value) > 0,
  },
  fraction: { expected: 'a number between 0 and 1', accepts: (value) => isNumber(value) && value > 0 && value < 1 },
  boolean: BOOLEAN,
  text: { expected: 'a non-empty string', accepts: (value) => typeof value === 'string' && value !== '' },
  run: FUNCTION,
  object: { expected: 'an object', accepts: (value) => typeof value === 'object' && value !== null },
  list: { expected: 'an array', accepts: (value) => Array.isArray(value) },
  any: { expected: 'anything', accepts: () => true },
} as const satisfies Record<string, Rule>

export type Rules<T> = { readonly [Name in keyof T]-?: Rule }

/**
 * Checks options as a whole: names that are not known are refused with the nearest that is, values that do not fit
 * with what was expected and what came. An option that is left out or `undefined` is fine.
 */
export function checkOptions<T extends object>(owner: string, given: T, rules: Rules<T>): T {
  if (typeof given !== 'object' || given === null)
    throw wrong(`${owner} expected its options as an object, got ${shown(given)}`)
  for (const name of Object.keys(given)) {
    const value = given[name as keyof T]
    const found = Object.hasOwn(rules, name) ? rules[name as keyof T] : undefined
    if (found === undefined) throw wrong(`${owner} has no option "${name}"${hint(name, Object.keys(rules))}`)
    if (value !== undefined && !found.accepts(value)) {
      throw wrong(`${owner}: expected ${name} to be ${found.expected}, got ${shown(value)}`)
    }
  }
  return given
}

function hint(name: string, known: readonly string[]): string {
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
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return String(value)
}

export function wrong(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message)
}
