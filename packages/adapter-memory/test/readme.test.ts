import { readFileSync } from 'node:fs'
import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { MAX_ENTRIES } from '../src/adapter.js'
import { memory } from '../src/index.js'
import { DEFAULTS } from '../src/options.js'

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)

test('the README says which traits there are', () => {
  const copies = Object.entries(memory({ copies: true }).traits).map(([, value]) => readmeCode(value))
  const rows = Object.entries(memory().traits).map(([name, value], index) => [
    `\`${name}\``,
    readmeCode(value),
    copies[index],
  ])
  expect(table('Traits')).toEqual(rows)
})

test('the README says which options there are, and what they are by default', () => {
  const shown = (value: unknown): string => (value === systemClock ? '`systemClock`' : readmeCode(value))
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table('Options').map(([name, , value]) => [name, value])).toEqual(rows)
})

test('the README says how many entries there may be', () => {
  expect(readFileSync(README, 'utf8')).toContain(`more than ${MAX_ENTRIES.toLocaleString('en')} entries`)
})
