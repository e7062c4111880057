import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { DEFAULTS as REPLICATED } from '../src/replicated/options.js'
import { DEFAULTS as SHARDED } from '../src/sharded/options.js'
import { TIER_DEFAULTS, DEFAULTS as TIERED } from '../src/tiered/options.js'

const README = new URL('../README.md', import.meta.url)

/** Weights stand in the text. */
const { weight: _, ...SHARDED_OPTIONS } = SHARDED

test.each([
  ['Options of a tier', TIER_DEFAULTS],
  ['Options of tiers', TIERED],
  ['Options of shards', SHARDED_OPTIONS],
  ['Options of replicas', REPLICATED],
])('the README says what is so by default: %s', (section, defaults) => {
  const shown = new Map(readmeTable(README, section).map(([name, value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults)) {
    const expected = value === systemClock ? '`systemClock`' : readmeCode(value)
    expect(shown.get(`\`${name}\``)?.split(';')[0], name).toBe(expected)
  }
})
