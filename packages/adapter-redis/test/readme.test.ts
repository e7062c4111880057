import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { BUS_DEFAULTS } from '../src/bus-options.js'
import { redis } from '../src/index.js'
import { DEFAULTS } from '../src/options.js'

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)

function shown(value: unknown): string {
  if (value === undefined) return ''
  return value === systemClock ? '`systemClock`' : readmeCode(value)
}

test('the README says which traits there are', () => {
  expect(table('Traits')).toEqual(
    Object.entries(redis().traits).map(([name, value]) => [`\`${name}\``, readmeCode(value)]),
  )
})

test.each([
  ['Options', DEFAULTS],
  ['The bus', BUS_DEFAULTS],
])('the README says what is the default: %s', (section, defaults) => {
  const said = new Map(table(section).map(([name, , value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults))
    expect([name, said.get(`\`${name}\``)]).toEqual([name, shown(value)])
})
