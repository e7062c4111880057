import type { Rule } from '@cachette/core'

/** Hooks as an option of a layer that invalidates. */
export const HOOKS: Rule = {
  expected: 'what hooks() gave',
  accepts: (value) => typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function',
}
