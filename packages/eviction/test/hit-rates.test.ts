import { adaptive, fifo, lfu, lru, type MakePolicy, s3fifo, sieve, slru, tinylfu } from '@cachette/eviction'
import { describe, expect, it } from 'vitest'
import { hitPercent, loop, skewed, zigzag } from './replay.js'

const FIXED: Readonly<Record<string, MakePolicy>> = { fifo, lru, lfu, sieve, s3fifo, slru, tinylfu }

const SEED = 20

const TRACES = [
  { name: 'loop', keys: loop(600, 100), size: 300 },
  { name: 'scan', keys: loop(2_001, 30), size: 300 },
  { name: 'skewed', keys: skewed(5_000, 60_000, SEED), size: 300 },
  { name: 'skewed, ever others', keys: skewed(5_000, 60_000, SEED, 5_000), size: 300 },
  { name: 'loop, then skewed', keys: [...loop(600, 60), ...skewed(5_000, 60_000, SEED)], size: 300 },
]

/** The policies in the fewest lines there are. */
const PLAIN: Readonly<Record<string, (keys: readonly string[], size: number) => number>> = {
  fifo: (keys, size) => replayed(keys, size, () => undefined),
  lru: (keys, size) =>
    replayed(keys, size, (key, cache) => {
      cache.delete(key)
      cache.add(key)
    }),
  sieve(keys, size) {
    const order: { readonly key: string; used: boolean }[] = []
    let [hits, hand] = [0, 0]
    for (const key of keys) {
      const found = order.find((one) => one.key === key)
      if (found !== undefined) {
        found.used = true
        hits += 1
        continue
      }
      if (order.length === size) {
        for (let one = order[hand]; one?.used === true; one = order[hand]) {
          one.used = false
          hand = (hand + 1) % order.length
        }
        order.splice(hand, 1)
        if (hand === order.length) hand = 0
      }
      order.push({ key, used: false })
    }
    return (100 * hits) / keys.length
  },
}

function replayed(keys: readonly string[], size: number, use: (key: string, cache: Set<string>) => void): number {
  const cache = new Set<string>()
  let hits = 0
  for (const key of keys) {
    if (cache.has(key)) {
      hits += 1
      use(key, cache)
      continue
    }
    if (cache.size === size) for (const first of cache.keys()) if (cache.delete(first)) break
    cache.add(key)
  }
  return (100 * hits) / keys.length
}

describe('hit rates', () => {
  it.each(Object.entries(PLAIN))('of %s are those of the plainest one', (name, plain) => {
    for (const keys of [loop(50, 20), zigzag(200, 5_000), skewed(500, 8_000, SEED), skewed(500, 8_000, SEED, 700)]) {
      for (const size of [1, 10, 60]) expect(hitPercent(keys, size, FIXED[name] ?? lru)).toBe(plain(keys, size))
    }
  })

  it.each(TRACES)('of adaptive come within a point of the best on $name', ({ keys, size }) => {
    const best = Math.max(...Object.values(FIXED).map((make) => hitPercent(keys, size, make)))
    expect(hitPercent(keys, size, adaptive)).toBeGreaterThan(best - 1)
  })

  it('of adaptive are above those of each other on average', () => {
    const average = (make: MakePolicy): number =>
      TRACES.reduce((sum, { keys, size }) => sum + hitPercent(keys, size, make), 0) / TRACES.length
    const best = Math.max(...Object.values(FIXED).map(average))
    expect(average(adaptive)).toBeGreaterThan(best)
  })

  it('of tinylfu and s3fifo withstand a loop, which leaves the others with nothing', () => {
    const keys = loop(600, 100)
    expect(hitPercent(keys, 300, lru)).toBe(0)
    expect(hitPercent(keys, 300, tinylfu)).toBeGreaterThan(35)
    expect(hitPercent(keys, 500, s3fifo)).toBeGreaterThan(20)
  })

  it('of adaptive hold in a cache so large that its shadows see a part of the keys alone', () => {
    const keys = [...loop(20_000, 6), ...skewed(100_000, 120_000, SEED)]
    const best = Math.max(...[lru, s3fifo, tinylfu].map((make) => hitPercent(keys, 10_000, make)))
    expect(hitPercent(keys, 10_000, adaptive)).toBeGreaterThan(best - 3)
  })
})
