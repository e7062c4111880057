import { systemClock } from '@cachette/core'
import { EVICTION_DEFAULTS, MEMORY_BUDGET_DEFAULTS } from '@cachette/middleware'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'

const README = new URL('../README.md', import.meta.url)

function shown(value: unknown): string {
  if (value === systemClock) return '`systemClock`'
  return Array.isArray(value) ? `\`[${value.join(', ')}]\`` : readmeCode(value)
}

test.each([
  ['eviction', EVICTION_DEFAULTS, ['weigh', 'pinned', 'scope']],
  ['memoryBudget', MEMORY_BUDGET_DEFAULTS, ['readings']],
])('the README says what is the default: %s', (section, defaults, others) => {
  const said = new Map(readmeTable(README, section).map(([name, value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults)) {
    expect([name, said.get(`\`${name}\``)]).toEqual([name, shown(value)])
  }
  expect([...said.keys()]).toEqual([...Object.keys(defaults), ...others].map((name) => `\`${name}\``))
})
