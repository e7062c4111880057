import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readmeTable } from '../../../scripts/lib/readme.js'
import { KEEP_WARM_DEFAULTS } from '../src/keep-warm.js'
import { DEFAULTS, RULES_OF } from '../src/options.js'
import { PREDICTOR_DEFAULTS } from '../src/predictor.js'
import { RESTORE_DEFAULTS } from '../src/saved.js'
import { WARM_DEFAULTS } from '../src/warm.js'

const README = new URL('../README.md', import.meta.url)
const readme = readFileSync(README, 'utf8')

/** The cells of the table of options, without its head. */
const rows = (/\n## Options of transfers\n\n([^#]*)/.exec(readme)?.[1] ?? '')
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

/** A default as the tables show it; what they show in words is left to them. */
function shown(value: unknown, told: string | undefined): string | undefined {
  if (typeof value === 'number') return value.toLocaleString('en')
  return typeof value === 'boolean' ? `\`${value}\`` : told
}

test.each<[string, readonly string[], object]>([
  ['Warm once', [], WARM_DEFAULTS],
  ['Keep warm', ['keys', 'load'], KEEP_WARM_DEFAULTS],
  ['Load ahead', ['load'], PREDICTOR_DEFAULTS],
])('the README says which options there are, and their defaults: %s', (section, required, defaults) => {
  const rows = readmeTable(README, section)
  const told = new Map(rows.map(([name, value]) => [name, value]))
  const known = Object.entries(defaults).map(([name, value]) => [`\`${name}\``, shown(value, told.get(`\`${name}\``))])
  expect(rows.map(([name, value]) => [name, value]).sort()).toEqual(
    [...required.map((name) => [`\`${name}\``, '']), ...known].sort(),
  )
})

test('the README says from when on a saved file is old', () => {
  expect(readme).toContain(`(default ${RESTORE_DEFAULTS.maxAgeMs.toLocaleString('en')})`)
})
