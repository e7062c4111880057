import {
  BULKHEAD_DEFAULTS,
  CHAOS_DEFAULTS,
  CIRCUIT_BREAKER_DEFAULTS,
  FAIL_OPEN_DEFAULTS,
  RATE_LIMIT_DEFAULTS,
  RECORD_DEFAULTS,
  RETRY_DEFAULTS,
} from '@cachette/middleware'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'

const README = new URL('../README.md', import.meta.url)

/** What has a text of its own there, since it is a function. */
const IN_WORDS = ['failed', 'by']

function shown(value: unknown): string {
  if (value === Math.random) return '`Math.random`'
  return Array.isArray(value) ? value.map((one) => `\`${one}\``).join(', ') : readmeCode(value)
}

test.each([
  ['retry', RETRY_DEFAULTS],
  ['circuitBreaker', CIRCUIT_BREAKER_DEFAULTS],
  ['bulkhead', BULKHEAD_DEFAULTS],
  ['failOpen', FAIL_OPEN_DEFAULTS],
  ['rateLimit', RATE_LIMIT_DEFAULTS],
  ['chaos', CHAOS_DEFAULTS],
  ['record', RECORD_DEFAULTS],
])('the README says what is the default: %s', (section, defaults) => {
  const said = new Map(readmeTable(README, section).map(([name, value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults)) {
    expect(said.has(`\`${name}\``)).toBe(true)
    if (!IN_WORDS.includes(name)) expect([name, said.get(`\`${name}\``)]).toEqual([name, shown(value)])
  }
  const required = { rateLimit: 1, chaos: 1 }[section] ?? 0
  expect(said.size).toBe(Object.keys(defaults).length + required)
})
