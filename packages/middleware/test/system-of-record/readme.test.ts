import { READ_THROUGH_DEFAULTS, WRITE_BEHIND_DEFAULTS } from '@cachette/middleware'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../../scripts/lib/readme.js'

const README = new URL('../../README.md', import.meta.url)

test.each([
  ['readThrough', READ_THROUGH_DEFAULTS],
  ['writeBehind', WRITE_BEHIND_DEFAULTS],
])('the README says what is so by default: %s', (section, defaults) => {
  const shown = new Map(readmeTable(README, section).map(([name, value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults)) expect(shown.get(`\`${name}\``), name).toBe(readmeCode(value))
})
