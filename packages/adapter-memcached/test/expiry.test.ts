import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expiryOf } from '../src/expiry.js'

const NOW = 1_700_000_000_000
const MONTH_S = 30 * 24 * 3_600

test.each([
  ['a millisecond', 1, 11],
  ['a second', 1_000, 11],
  ['a second and a little', 1_000.5, 12],
  ['what is over', -5_000, 10],
  ['the longest that is told as a length', (MONTH_S - 10) * 1_000, MONTH_S],
  ['a millisecond more, by the clock', (MONTH_S - 10) * 1_000 + 1, NOW / 1_000 + MONTH_S + 1 + 3_600],
  ['until what no server can be told', 2 ** 32 * 1_000, 0],
  ['for ever', Infinity, 0],
])('%s', (_, lifeMs, expected) => {
  expect(expiryOf(NOW + lifeMs, NOW, NOW)).toBe(expected)
})

test('servers never forget before it is time, whatever the clock of the call says', () => {
  const times = fc.record({
    now: fc.integer({ min: 0, max: 4e12 }),
    lifeMs: fc.double({ min: 0, max: 2e12, noNaN: true }),
  })
  fc.assert(
    fc.property(times, ({ now, lifeMs }) => {
      const expiry = expiryOf(now + lifeMs, now, NOW)
      const seconds = expiry === 0 ? Infinity : expiry <= MONTH_S ? expiry : expiry - NOW / 1_000
      return Number.isInteger(expiry) && expiry < 2 ** 32 && seconds * 1_000 > lifeMs
    }),
  )
})
