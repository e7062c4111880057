import { resolve } from 'node:path'
import { isCacheError, systemClock } from '@cachette/core'
import { expect, test } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { TRAITS } from '../src/adapter.js'
import { type LevelOptions, level } from '../src/index.js'
import { DEFAULTS, parse } from '../src/options.js'

test.each([
  [{}, /path to be a non-empty string/],
  [{ path: '' }, /path to be a non-empty string/],
  [{ path: 'p', reads: 'later' }, /reads to be 'sync' or 'async'/],
  [{ path: 'p', verify: true }, /verify to be 'open' or 'never'/],
  [{ path: 'p', bufferBytes: 0.5 }, /bufferBytes to be a positive whole number/],
  [{ path: 'p', clock: {} }, /clock to be a clock/],
  [{ path: 'p', clock: 1 }, /clock to be a clock/],
  [{ path: 'p', fsync: true }, /no option "fsync"/],
])('%j is refused at construction', (options, message) => {
  const error = (() => {
    try {
      return level(options as LevelOptions)
    } catch (refusal) {
      return refusal
    }
  })()
  expect(isCacheError(error) && error.code).toBe('INVALID_OPTION')
  expect(String(error)).toMatch(message)
})

test('reads that are not at once are not declared to be', () => {
  expect(level({ path: 'p', reads: 'async' }).traits).toEqual({ ...TRAITS, sync: 'none' })
})

const README = new URL('../README.md', import.meta.url)
const table = (section: string): string[][] => readmeTable(README, section)
const shown = (value: unknown): string => {
  if (value === systemClock) return '`systemClock`'
  return typeof value === 'number' ? value.toLocaleString('en') : value === undefined ? '' : readmeCode(value)
}

test('the README says which traits there are', () => {
  expect(table('Traits').map(([name, value]) => [name, value])).toEqual(
    Object.entries(TRAITS).map(([name, value]) => [`\`${name}\``, shown(value)]),
  )
})

test('the README says which options there are, and what they are by default', () => {
  const rows = Object.entries(DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
  expect(table('Options').map(([name, , value]) => [name, value])).toEqual([['`path`', 'required'], ...rows])
})

test('a path is that of the moment when the store was made', () => {
  expect(parse({ path: 'p' }).path).toBe(resolve('p'))
})
