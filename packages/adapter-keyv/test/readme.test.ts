import { systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { keyv } from '../src/index.js'
import { DEFAULTS } from '../src/options.js'

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)

test('the README says which traits there are', () => {
  const { traits } = keyv({ store: new Map() })
  expect(table('Traits')).toEqual(Object.entries(traits).map(([name, value]) => [`\`${name}\``, readmeCode(value)]))
})

test('the README says which options there are, and what they are by default', () => {
  const shown = (value: unknown): string => {
    if (value === undefined) return ''
    return value === systemClock ? '`systemClock`' : readmeCode(value)
  }
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table('Options').map(([name, , value]) => [name, value])).toEqual([['`store`', ''], ...rows])
})
