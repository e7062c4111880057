import { createRequire } from 'node:module'
import { CacheError } from '@cachette/core'

/** A package that only those install who use what needs it. Found at once, so that its lack shows at construction. */
export function optional(name: string, owner: string): unknown {
  try {
    return createRequire(import.meta.url)(name)
  } catch (cause) {
    const remedy = `it needs an optional package; npm install ${name}`
    throw new CacheError('INVALID_OPTION', `${owner}: ${remedy}`, { source: owner, cause })
  }
}
