import { readFileSync } from 'node:fs'
import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { BUS_DEFAULTS } from '../src/bus-options.js'
import { redis } from '../src/index.js'
import { DEFAULTS } from '../src/options.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The cells of a section's first table, without its head. */
function table(section: string): string[][] {
  const [, text = ''] = readme.split(`\n## ${section}\n`)
  const rows = text.split('\n').slice(text.split('\n').findIndex((line) => line.startsWith('|')))
  return rows
    .slice(
      2,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``

function shown(value: unknown): string {
  if (value === undefined) return ''
  return value === systemClock ? '`systemClock`' : code(value)
}

test('the README says which traits there are', () => {
  expect(table('Traits')).toEqual(Object.entries(redis().traits).map(([name, value]) => [`\`${name}\``, code(value)]))
})

test.each([
  ['Options', DEFAULTS],
  ['The bus', BUS_DEFAULTS],
])('the README says what is the default: %s', (section, defaults) => {
  const said = new Map(table(section).map(([name, , value]) => [name, value]))
  for (const [name, value] of Object.entries(defaults))
    expect([name, said.get(`\`${name}\``)]).toEqual([name, shown(value)])
})
