import { readFileSync } from 'node:fs'
import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { TRAITS } from '../src/adapter.js'
import { DEFAULTS } from '../src/options.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The cells of a section's first table, without its head. */
function table(section: string): string[][] {
  const [, text = ''] = readme.split(`\n## ${section}\n`)
  const [rows = ''] = text.trim().split('\n\n')
  return rows
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? `'${value}'` : String(value)}\``

test('the README says which traits there are', () => {
  expect(table('Traits')).toEqual(Object.entries(TRAITS).map(([name, value]) => [`\`${name}\``, code(value)]))
})

test('the README says which options there are, and what they are by default', () => {
  const shown = (value: unknown): string => (value === systemClock ? '`systemClock`' : code(value))
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table('Options').map(([name, , value]) => [name, value])).toEqual([['`path`', ''], ...rows])
})
