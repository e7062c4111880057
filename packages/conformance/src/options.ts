import { CacheError, checkOptions as check, RULES } from '@cachette/core'

/** Refuses what is no object, and names that mean nothing: a misspelt option would be ignored in silence. */
export function checkOptions(owner: string, options: object, known: readonly string[]): void {
  check<Readonly<Record<string, unknown>>>(
    owner,
    { ...asObject(owner, options) },
    Object.fromEntries(known.map((name) => [name, RULES.any])),
  )
}

function asObject(owner: string, options: unknown): object {
  if (typeof options === 'object' && options !== null) return options
  throw invalid(`${owner}: expected an object, got ${options === null ? 'null' : typeof options}`)
}

export function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', message)
}
