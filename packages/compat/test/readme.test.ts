import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { DEFAULTS } from '../src/level-cache/options.js'

test('the README says which options there are, and what they are by default', () => {
  const shown = (value: unknown): string => {
    if (value === undefined) return ''
    return value === systemClock ? '`systemClock`' : readmeCode(value)
  }
  const table = readmeTable(new URL('../README.md', import.meta.url), 'Options')
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table.map(([name, , value]) => [name, value])).toEqual([['`path`', ''], ...rows])
})
