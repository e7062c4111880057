import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram, mergeDistributions } from '../src/stats/histogram.js'
import { SpaceSaving } from '../src/stats/space-saving.js'
import { Trend } from '../src/stats/trend.js'
import { hitRatio, type Outcomes, Windows } from '../src/stats/windows.js'

const keys = fc.array(
  fc.nat(40).map((rank) => `key-${Math.floor(rank ** 2 / 40)}`),
  { maxLength: 600 },
)

function counted(stream: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of stream) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

describe('the keys asked for most', () => {
  it.each([1, 3, 64])('are found within the stated error, each weighing the same: %i', (weight) => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 30 }), (stream, capacity) => {
        const hot = new SpaceSaving(capacity)
        for (const key of stream) hot.add(key, weight)
        const exact = new Map([...counted(stream)].map(([key, count]) => [key, count * weight]))
        expectBounds(hot, exact, stream.length * weight, capacity)
      }),
    )
  })

  it('are found within it where calls stand for different numbers of others', () => {
    const weighed = fc.array(fc.tuple(fc.nat(40), fc.constantFrom(1, 2, 256)), { maxLength: 600 })
    fc.assert(
      fc.property(weighed, fc.integer({ min: 1, max: 30 }), (stream, capacity) => {
        const hot = new SpaceSaving(capacity)
        const exact = new Map<string, number>()
        for (const [rank, weight] of stream) {
          hot.add(`${rank}`, weight)
          exact.set(`${rank}`, (exact.get(`${rank}`) ?? 0) + weight)
        }
        const total = stream.reduce((sum, [, weight]) => sum + weight, 0)
        expectBounds(hot, exact, total, capacity)
      }),
    )
  })

  function expectBounds(hot: SpaceSaving, exact: ReadonlyMap<string, number>, total: number, capacity: number): void {
    const list = hot.list()
    const counts = list.map(({ count }) => count)
    expect(hot.total).toBe(total)
    expect(list).toHaveLength(Math.min(exact.size, capacity))
    expect(counts).toEqual([...counts].sort((a, b) => b - a))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total)
    for (const { key, count, error } of list) {
      const truth = exact.get(key) ?? 0
      expect(truth).toBeLessThanOrEqual(count)
      expect(truth).toBeGreaterThanOrEqual(count - error)
      expect(error).toBeLessThanOrEqual(total / capacity)
    }
    const listed = new Set(list.map(({ key }) => key))
    for (const [key, count] of exact) {
      if (listed.has(key)) continue
      expect(count).toBeLessThanOrEqual(hot.floor)
      expect(count).toBeLessThanOrEqual(total / capacity)
    }
  }
})

describe('a distribution', () => {
  const values = fc.array(fc.oneof(fc.nat(40), fc.nat(), fc.double({ min: 0, max: 2 ** 51, noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  })
  const spread = (list: readonly number[]) => {
    const histogram = new Histogram()
    for (const value of list) histogram.record(value, 1)
    return histogram.snapshot()
  }

  it('says its percentiles within a sixteenth', () => {
    fc.assert(
      fc.property(values, (list) => {
        const sorted = list.map(Math.round).sort((a, b) => a - b)
        const seen = spread(sorted)
        expect(seen).toMatchObject({ count: list.length, min: sorted[0], max: sorted.at(-1) })
        for (const [share, said] of [
          [0.5, seen.p50],
          [0.9, seen.p90],
          [0.99, seen.p99],
        ] as const) {
          const truth = sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
          expect(said).toBeGreaterThanOrEqual(truth)
          expect(said).toBeLessThanOrEqual(truth + truth / 16)
        }
      }),
    )
  })

  it('of two is that of all their values', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const { sum, ...both } = spread([...a, ...b])
        const { sum: sums, ...merged } = mergeDistributions(spread(a), spread(b))
        expect(merged).toEqual(both)
        expect(sums).toBeCloseTo(sum, -6)
      }),
    )
  })

  it('of nothing is plain data too, and adds nothing', () => {
    const nothing = new Histogram().snapshot()
    expect(nothing).toEqual({ count: 0, sum: 0, min: 0, max: 0, p50: 0, p90: 0, p99: 0, buckets: [] })
    expect(mergeDistributions(nothing, nothing)).toEqual(nothing)
    expect(mergeDistributions(nothing, spread([7, 9]))).toEqual(spread([7, 9]))
  })

  it('counts a value for as many as it stands for, in parts of its unit', () => {
    const histogram = new Histogram(1e-6)
    histogram.record(0.000_005, 3)
    histogram.record(2, 1)
    histogram.record(-1, 1)
    const { count, p50, p99, sum, buckets } = histogram.snapshot()
    expect({ count, p99 }).toEqual({ count: 5, p99: 2 })
    expect(sum).toBeCloseTo(1.000_015, 9)
    expect(p50).toBeCloseTo(0.000_005, 9)
    expect(buckets.map(([, some]) => some)).toEqual([1, 3, 1])
  })

  it('takes even what lies beyond its last bucket', () => {
    expect(spread([2 ** 60])).toMatchObject({ count: 1, max: 2 ** 60 })
  })
})

describe('a window', () => {
  it('tells of all its time but for at most a sixtieth of it, and of nothing before', () => {
    const moves = fc.array(fc.record({ byMs: fc.nat(3_000), hits: fc.nat(5), misses: fc.nat(5) }), { maxLength: 150 })
    fc.assert(
      fc.property(moves, fc.constantFrom(600, 6_000, 60_000), (list, windowMs) => {
        const counts = { hits: 0, stale: 0, misses: 0 }
        const windows = new Windows([windowMs, 10 * windowMs], counts)
        const log: { readonly at: number; readonly hits: number; readonly misses: number }[] = []
        let now = 1_700_000_000_000
        for (const { byMs, hits, misses } of list) {
          now += byMs
          windows.step(now, counts)
          counts.hits += hits
          counts.misses += misses
          log.push({ at: now, hits, misses })
        }
        const since = (from: number): Outcomes => {
          const within = log.filter(({ at }) => at >= from)
          const sum = (kind: 'hits' | 'misses') => within.reduce((total, one) => total + one[kind], 0)
          return { hits: sum('hits'), stale: 0, misses: sum('misses') }
        }
        for (const { windowMs: length, hitRatio: ratio, ...seen } of windows.snapshot(now, counts)) {
          const [least, most] = [since(now - (length * 59) / 60), since(now - length)]
          expect(seen.hits).toBeGreaterThanOrEqual(least.hits)
          expect(seen.hits).toBeLessThanOrEqual(most.hits)
          expect(seen.misses).toBeGreaterThanOrEqual(least.misses)
          expect(seen.misses).toBeLessThanOrEqual(most.misses)
          expect(ratio).toBe(hitRatio(seen))
        }
      }),
    )
  })

  it('takes no harm from a clock that goes back, or from no time at all', () => {
    const windows = new Windows([1_000], { hits: 0, stale: 0, misses: 0 })
    expect(windows.step(Number.NEGATIVE_INFINITY, { hits: 0, stale: 0, misses: 0 })).toBe(Number.NEGATIVE_INFINITY)
    windows.step(5_000, { hits: 0, stale: 0, misses: 0 })
    windows.step(1_000, { hits: 9, stale: 0, misses: 0 })
    expect(windows.snapshot(5_100, { hits: 10, stale: 1, misses: 1 })).toEqual([
      { windowMs: 1_000, hits: 10, stale: 1, misses: 1, hitRatio: 11 / 12 },
    ])
  })
})

describe('a trend', () => {
  it('knows the last period and the one before, and forgets all else', () => {
    const trend = new Trend(1_000, 7)
    const start = 1_700_000_000_000
    for (let asked = 0; asked < 8; asked += 1) trend.add('a', start + asked, 1)
    expect(trend.of('a', start + 500)).toEqual({ recent: 8, before: 0 })
    expect(trend.of('b', start + 500)).toEqual({ recent: 0, before: 0 })
    expect(trend.of('a', start + 1_000)).toEqual({ recent: 8, before: 0 })
    expect(trend.of('a', start + 1_250)).toEqual({ recent: 6, before: 2 })
    trend.add('a', start + 1_250, 4)
    expect(trend.of('a', start + 2_500)).toEqual({ recent: 2, before: 6 })
    expect(trend.of('a', start + 3_500)).toEqual({ recent: 0, before: 2 })
    expect(trend.of('a', start + 9_000)).toEqual({ recent: 0, before: 0 })
  })

  it('skips a period in which nothing came', () => {
    const trend = new Trend(1_000, 7)
    trend.add('a', 10_000, 5)
    expect(trend.of('a', 12_000)).toEqual({ recent: 0, before: 5 })
  })

  it('is never too low within a period, and seldom far too high', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 2_000 }), fc.integer(), (stream, seed) => {
        const trend = new Trend(1_000, seed)
        for (const key of stream) trend.add(key, 5_000, 1)
        const exact = [...counted(stream)]
        const errors = exact.map(([key, count]) => trend.of(key, 5_000).recent - count)
        expect(Math.min(...errors)).toBeGreaterThanOrEqual(0)
        const far = errors.filter((error) => error > (Math.E * stream.length) / 1_024)
        expect(far.length).toBeLessThanOrEqual(Math.max(exact.length / 20, 2))
      }),
    )
  })
})
