import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEFAULTS, RULES_OF } from '../src/options.js'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The cells of the table of options, without its head. */
const rows = (/\n## Options\n\n([^#]*)/.exec(readme)?.[1] ?? '')
  .trim()
  .split('\n')
  .slice(2)
  .map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

const VERBS = { migrate: 'migrate', export: 'exportTo', import: 'importFrom' } as const

test('the README says which options there are, and of what', () => {
  const told = rows.map(([name, of]) => [name, of])
  const known = Object.keys(DEFAULTS).map((option) => {
    const verbs = Object.entries(VERBS).filter(([, verb]) => option in RULES_OF[verb])
    return [`\`${option}\``, verbs.length === 3 ? 'all' : verbs.map(([name]) => name).join(', ')]
  })
  expect(told.sort()).toEqual(known.sort())
})

test('the README says what options are by default', () => {
  for (const [name, , told] of rows) {
    const value = Object.entries(DEFAULTS).find(([option]) => `\`${option}\`` === name)?.[1] as unknown
    if (typeof value === 'number') expect([name, told]).toEqual([name, value.toLocaleString('en')])
    if (typeof value === 'string') expect([name, told]).toEqual([name, `\`'${value}'\``])
    if (typeof value === 'boolean') expect([name, told]).toEqual([name, `\`${value}\``])
  }
})
