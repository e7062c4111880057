import { CacheError } from './errors.js'

/** What an option may be, in words, and how to tell. */
export interface Rule {
  readonly expected: string
  accepts(value: unknown): boolean
}

const rule = (expected: string, accepts: (value: unknown) => boolean): Rule => ({ expected, accepts })

/** The rules that options share, here and in adapters and layers. */
export const RULES = {
  positiveMs: rule('a positive number of milliseconds or Infinity', (value) => typeof value === 'number' && value > 0),
  nonNegativeMs: rule('zero or more milliseconds', (value) => typeof value === 'number' && value >= 0),
  positiveInteger: rule('a positive whole number', (value) => Number.isInteger(value) && Number(value) > 0),
  fraction: rule('a number between 0 and 1', (value) => typeof value === 'number' && value > 0 && value < 1),
  boolean: rule('true or false', (value) => typeof value === 'boolean'),
  text: rule('a non-empty string', (value) => typeof value === 'string' && value !== ''),
  run: rule('a function', (value) => typeof value === 'function'),
  object: rule('an object', (value) => typeof value === 'object' && value !== null),
  list: rule('an array', (value) => Array.isArray(value)),
  any: rule('anything', () => true),
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
  if (nearest !== undefined && nearest.far <= 2 + name.length / 4) return `: did you mean "${nearest.other}"?`
  return `; it has ${known.join(', ')}`
}

/** How many letters differ: Levenshtein's distance, a row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
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
