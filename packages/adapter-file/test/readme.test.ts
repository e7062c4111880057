import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { TRAITS } from '../src/adapter.js'
import { DEFAULTS } from '../src/options.js'

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)

test('the README says which traits there are', () => {
  expect(table('Traits')).toEqual(Object.entries(TRAITS).map(([name, value]) => [`\`${name}\``, readmeCode(value)]))
})

test('the README says which options there are, and what they are by default', () => {
  const shown = (value: unknown): string => (value === systemClock ? '`systemClock`' : readmeCode(value))
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table('Options').map(([name, , value]) => [name, value])).toEqual([['`path`', ''], ...rows])
})
