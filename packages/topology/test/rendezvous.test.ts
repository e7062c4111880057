import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bucket, Rendezvous } from '../src/sharded/rendezvous.js'

const KEYS = Array.from({ length: 20_000 }, (_, index) => `user:${index}`)

const named = (count: number, weight = 1): Bucket[] =>
  Array.from({ length: count }, (_, index) => ({ name: `shard-${index}`, weight }))

/** How many of the keys each bucket has. */
function shares(buckets: readonly Bucket[]): Map<string, number> {
  const places = new Rendezvous(buckets)
  const counts = new Map(buckets.map(({ name }) => [name, 0]))
  for (const key of KEYS) {
    const name = places.ownerOf(key)?.name ?? ''
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

test('one bucket more takes its share from all others, and moves no other key', () => {
  const before = new Rendezvous(named(9))
  const after = new Rendezvous(named(10))
  const moved = KEYS.filter((key) => before.ownerOf(key)?.name !== after.ownerOf(key)?.name)
  expect(moved.every((key) => after.ownerOf(key)?.name === 'shard-9')).toBe(true)
  expect(moved.length / KEYS.length).toBeGreaterThan(0.09)
  expect(moved.length / KEYS.length).toBeLessThan(0.11)
})

test('the order in which buckets are named is no matter', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(named(6), { minLength: 2 }), fc.string(), (buckets, key) => {
      const sorted = [...buckets].sort((a, b) => a.name.localeCompare(b.name))
      return new Rendezvous(buckets).ownerOf(key) === new Rendezvous(sorted).ownerOf(key)
    }),
  )
})

test('a bucket that goes gives its keys away, and no other key moves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.string(), (count, pick, key) => {
      const all = named(count)
      const gone = all[pick % count]
      const before = new Rendezvous(all).ownerOf(key)
      const after = new Rendezvous(all.filter((bucket) => bucket !== gone)).ownerOf(key)
      return before === gone || before === after
    }),
  )
})

test('shares are as the weights are', () => {
  const equal = [...shares(named(8)).values()]
  for (const share of equal) expect(Math.abs(share / (KEYS.length / 8) - 1)).toBeLessThan(0.1)
  const counts = shares([
    { name: 'small', weight: 1 },
    { name: 'large', weight: 3 },
  ])
  expect((counts.get('large') ?? 0) / KEYS.length).toBeCloseTo(0.75, 1)
})
