import { memory } from '@cachette/adapter-memory'
import { createCache } from '@cachette/core'
import { mergeStats, STATS_DEFAULTS, type StatsOptions, type StatsSnapshot, stats } from '@cachette/middleware/stats'
import { describe, expect, it } from 'vitest'
import { readmeCode, readmeTable } from '../../../scripts/lib/readme.js'
import { counted } from './support/counted.js'

const README = new URL('../README.md', import.meta.url)

describe('what stats has counted', () => {
  const busy = async (options: StatsOptions, keys: readonly string[]): Promise<StatsSnapshot> => {
    const { cache, layer } = counted({ level: 'full', ...options })
    for (const key of keys) await cache.getOrSet(key, () => key.repeat(3))
    await cache.delete(keys[0] ?? 'a')
    await expect(cache.set('a', undefined as never)).rejects.toThrow()
    return layer.snapshot()
  }

  it('is plain data', async () => {
    const seen = await busy({}, ['a', 'bb', 'a'])
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen)
    expect(structuredClone(seen)).toEqual(seen)
    const nothing = stats().snapshot()
    expect(JSON.parse(JSON.stringify(nothing))).toEqual(nothing)
  })

  it('does not change when counting goes on', async () => {
    const { cache, layer } = counted({ level: 'full' })
    await cache.get('a')
    const before = layer.snapshot()
    const copy = structuredClone(before)
    await cache.getOrSet('a', () => 'x')
    await cache.get('a')
    expect(before).toEqual(copy)
  })

  it('adds up', async () => {
    const [a, b] = [await busy({}, ['a', 'b', 'a']), await busy({ windowsMs: [60_000, 5] }, ['b', 'c', 'c', 'c'])]
    const both = mergeStats(a, b)
    expect(both).toMatchObject({
      hits: 3,
      misses: 4,
      hitRatio: 3 / 7,
      writes: 0,
      bytesWritten: a.bytesWritten + b.bytesWritten,
      loads: { stored: 4 },
      removals: { deleted: 2 },
      hotKeys: { total: 7, floor: 0 },
    })
    expect(both.windows.map(({ windowMs, hits, misses }) => [windowMs, hits, misses])).toEqual([
      [5, 2, 2],
      [60_000, 3, 4],
      [600_000, 1, 2],
      [3_600_000, 1, 2],
    ])
    expect(both.latencyMs.read.count).toBe(7)
    expect(both.hotKeys.keys.map(({ key, count, error }) => [key, count, error])).toEqual([
      ['c', 3, 0],
      ['a', 2, 0],
      ['b', 2, 0],
    ])
    expect(mergeStats(b, a)).toEqual({
      ...both,
      hotKeys: { ...both.hotKeys, keys: expect.arrayContaining([...both.hotKeys.keys]) as never },
    })
    expect(mergeStats(stats().snapshot(), a)).toMatchObject({
      hits: a.hits,
      hotKeys: a.hotKeys,
      latencyMs: a.latencyMs,
    })
  })

  it('adds up hot keys of which one has lost count to what may be true', async () => {
    const few = await busy({ hotKeys: 2 }, ['a', 'a', 'a', 'b', 'c', 'd'])
    const other = await busy({ hotKeys: 2 }, ['d', 'd', 'e'])
    const exact: Record<string, number> = { a: 3, b: 1, c: 1, d: 3, e: 1 }
    const { keys, floor, total } = mergeStats(few, other).hotKeys
    expect([keys.length, total]).toEqual([2, 9])
    for (const [key, truth] of Object.entries(exact)) {
      const listed = keys.find((one) => one.key === key)
      if (listed === undefined) expect(truth).toBeLessThanOrEqual(floor)
      else {
        expect(truth).toBeLessThanOrEqual(listed.count)
        expect(truth).toBeGreaterThanOrEqual(listed.count - listed.error)
      }
    }
  })

  it('is of all caches that it stands in, once', async () => {
    const layer = stats({ level: 'full' })
    const store = memory<string>()
    const caches = [createCache<string>({ store, use: [layer] }), createCache<string>({ store, use: [layer] })]
    for (const cache of caches) await cache.namespace('n').get('a')
    expect(layer.snapshot()).toMatchObject({ misses: 2, hotKeys: { keys: [{ key: 'n\u241fa', count: 2 }] } })
    for (const cache of caches) await cache.close()
  })
})

describe('the options of stats', () => {
  it.each([
    [{ levle: 'full' }, /stats has no option "levle": did you mean "level"\?/],
    [{ level: 'all' }, /expected level to be 'off' or 'counts' or 'standard' or 'full', got a string/],
    [{ sampleEvery: 1.5 }, /expected sampleEvery to be a positive whole number/],
    [{ windowsMs: [0] }, /expected windowsMs to be an array of positive numbers of milliseconds/],
    [{ windowsMs: [5, 5] }, /none of them twice/],
    [{ windowsMs: [Infinity] }, /expected windowsMs/],
    [{ hotKeys: -1 }, /expected hotKeys to be a whole number from 0 to 10,000, got -1/],
    [{ hotKeys: Infinity }, /expected hotKeys/],
    [{ trendMs: Infinity }, /expected trendMs to be a positive number of milliseconds with an end/],
    [{ timer: 5 }, /expected timer to be a function/],
  ])('are refused where they are wrong: %j', (options, message) => {
    expect(() => stats(options as never)).toThrow(message)
  })

  it('stand in the README with their defaults', () => {
    const shown = (value: unknown): string => (Array.isArray(value) ? `\`[${value.join(', ')}]\`` : readmeCode(value))
    const rows = Object.entries(STATS_DEFAULTS).map(([name, value]) => [`\`${name}\``, shown(value)])
    expect(
      readmeTable(README, 'stats')
        .slice(0, rows.length)
        .map(([name, value]) => [name, value]),
    ).toEqual(rows)
  })
})
