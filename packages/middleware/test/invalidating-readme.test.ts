import { COALESCE_DEFAULTS, PATTERNS_DEFAULTS, TAGS_DEFAULTS, VERSIONED_DEFAULTS } from '@cachette/middleware'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'

const README = new URL('../README.md', import.meta.url)

test.each([
  ['tags', TAGS_DEFAULTS, ['hooks']],
  ['patterns', PATTERNS_DEFAULTS, ['hooks']],
  ['versioned', VERSIONED_DEFAULTS, ['version', 'hooks']],
  ['coalesce', COALESCE_DEFAULTS, []],
])('The options of %s stand in the README with their defaults', (name, defaults, others) => {
  const rows = readmeTable(README, name)
  expect(rows.map(([option]) => option).sort()).toEqual(
    [...Object.keys(defaults), ...others].map((option) => readmeCode(option).replaceAll("'", '')).sort(),
  )
  for (const [option, value] of Object.entries(defaults)) {
    expect(rows.find(([cell]) => cell === `\`${option}\``)?.[1]).toBe(readmeCode(value))
  }
})
