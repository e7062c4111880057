import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { memcached } from '../src/index.js'
import { DEFAULTS } from '../src/options.js'

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)

function shown(value: unknown): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return `\`[${value.map((one) => `'${one}'`).join(', ')}]\``
  return value === systemClock ? '`systemClock`' : readmeCode(value)
}

test('the README says which traits there are', () => {
  expect(table('Traits')).toEqual(
    Object.entries(memcached().traits).map(([name, value]) => [`\`${name}\``, readmeCode(value)]),
  )
})

test('the README says what is the default', () => {
  const said = new Map(table('Options').map(([name, , value]) => [name, value]))
  for (const [name, value] of Object.entries(DEFAULTS))
    expect([name, said.get(`\`${name}\``)]).toEqual([name, shown(value)])
})
