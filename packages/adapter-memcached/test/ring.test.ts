import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, idOf } from '../src/options.js'
import { Ring } from '../src/ring.js'

const KEYS = Array.from({ length: 20_000 }, (_, index) => `user:${index}`)

const address = (number: number, weight = 1): Address => ({ host: `10.0.0.${number}`, port: 11_211, weight })
const addresses = (count: number): Address[] => Array.from({ length: count }, (_, index) => address(index + 1))

/** Which server each key is on, by what it is called. */
function places(servers: readonly Address[], keys: readonly string[] = KEYS): string[] {
  const ring = new Ring(servers)
  const ids = servers.map(idOf)
  return keys.map((key) => ids[ring.serverOf(key)] ?? 'nowhere')
}

test('one more beside ten takes about an eleventh of the keys, each for itself', () => {
  const before = places(addresses(10))
  const after = places(addresses(11))
  const moved = KEYS.filter((_, index) => before[index] !== after[index])
  expect(moved.length / KEYS.length).toBeGreaterThan(0.06)
  expect(moved.length / KEYS.length).toBeLessThan(0.13)
  expect(new Set(KEYS.flatMap((_, at) => (before[at] === after[at] ? [] : [after[at]])))).toEqual(
    new Set([idOf(address(11))]),
  )
})

test('whoever comes takes keys for itself alone, and whoever goes leaves all others where they are', () => {
  const some = fc.uniqueArray(
    fc.record({ number: fc.integer({ min: 1, max: 250 }), weight: fc.double({ min: 0.1, max: 5, noNaN: true }) }),
    { selector: ({ number }) => number, minLength: 2, maxLength: 12 },
  )
  const keys = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(some, keys, (all, asked) => {
      const servers = all.map(({ number, weight }) => address(number, weight))
      const [last] = servers.slice(-1)
      const before = places(servers.slice(0, -1), asked)
      const after = places(servers, asked)
      return asked.every((_, at) => after[at] === before[at] || (last !== undefined && after[at] === idOf(last)))
    }),
  )
})

test('in whatever order they are named', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(addresses(8), { minLength: 8 }), (servers) => {
      expect(places(servers, KEYS.slice(0, 200))).toEqual(places(addresses(8), KEYS.slice(0, 200)))
    }),
  )
})

test('each gets its share, and by its weight', () => {
  const servers = [address(1, 1), address(2, 1), address(3, 2)]
  const found = places(servers)
  const shareOf = (server: Address): number => found.filter((id) => id === idOf(server)).length / KEYS.length
  const [light, alike, heavy] = servers.map(shareOf)
  for (const share of [light, alike]) expect(Math.abs((share ?? 0) - 0.25)).toBeLessThan(0.06)
  expect(Math.abs((heavy ?? 0) - 0.5)).toBeLessThan(0.08)
})
