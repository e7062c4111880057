import { CHECKSUM_DEFAULTS } from '@cachette/middleware/checksum'
import { COMPRESSION_DEFAULTS } from '@cachette/middleware/compression'
import { ENCRYPTION_DEFAULTS } from '@cachette/middleware/encryption'
import { JITTER_DEFAULTS } from '@cachette/middleware/jitter'
import { SCHEMA_DEFAULTS } from '@cachette/middleware/schema'
import { TTL_DEFAULTS } from '@cachette/middleware/ttl'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'

const README = new URL('../README.md', import.meta.url)

const shown = (value: unknown): string =>
  Array.isArray(value) ? '`[]`' : value === Math.random ? '`Math.random`' : readmeCode(value)

/** What has no default comes first, under these names. */
test.each([
  ['compression', [], COMPRESSION_DEFAULTS],
  ['checksum', [], CHECKSUM_DEFAULTS],
  ['encryption', ['keys'], ENCRYPTION_DEFAULTS],
  ['hashedKeys', ['secret'], {}],
  ['schema', ['schema'], SCHEMA_DEFAULTS],
  ['jitter', [], JITTER_DEFAULTS],
  ['ttl', ['rules'], TTL_DEFAULTS],
] as const)('the README says which options %s has, and what they are by default', (section, needed, defaults) => {
  const rows = Object.entries(defaults)
    .filter(([name]) => !needed.some((other) => other === name))
    .map(([name, value]) => [`\`${name}\``, shown(value)])
  const expected = [...needed.map((name) => [`\`${name}\``, '']), ...rows]
  expect(readmeTable(README, section).map(([name, value]) => [name, value])).toEqual(expected)
})
