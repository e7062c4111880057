import { memory } from '@cachette/adapter-memory'
import { createCache, manualClock } from '@cachette/core'
import { eviction } from '@cachette/middleware/eviction'
import { type BudgetChange, type MemoryReading, memoryBudget } from '@cachette/middleware/memory-budget'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containerLimit } from '../src/memory-budget/container.js'
import { divide } from '../src/memory-budget/division.js'
import { Governor } from '../src/memory-budget/governor.js'
import { pressureOf, processReadings, youngBytes } from '../src/memory-budget/readings.js'

const SETTINGS = { thresholds: [0.85, 0.9, 0.95], hysteresis: 0.05, settleMs: 1_000 } as const

describe('the governor', () => {
  /** The level by its definition: the thresholds reached, and those held that the pressure is not well below of. */
  const expected = (level: number, pressure: number): number =>
    SETTINGS.thresholds.reduce((found, threshold, index) => {
      const isHeld = index + 1 <= level
      return pressure >= threshold - (isHeld ? SETTINGS.hysteresis : 0) ? index + 1 : found
    }, 0)

  it('rises at the thresholds, falls well below them, and never acts twice without a reason', () => {
    const reading = fc.record({
      pressure: fc.double({ min: 0, max: 1.1, noNaN: true }),
      byMs: fc.integer({ min: 0, max: 1_500 }),
    })
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 60 }), (readings) => {
        const governor = new Governor(SETTINGS)
        let now = 0
        let level = 0
        let last = 0
        let actedAt = -Infinity
        let fell = false
        for (const { pressure, byMs } of readings) {
          now += byMs
          const before = level
          level = expected(level, pressure)
          if (pressure < last) fell = true
          last = pressure
          const action = governor.judge(pressure, now)
          expect(governor.level).toBe(level)
          const reached = SETTINGS.thresholds.filter((threshold) => pressure >= threshold).length
          const settled = now - actedAt >= SETTINGS.settleMs
          const type = level === 0 ? settled && 'grow' : reached > 0 && (settled || fell || level > before) && 'shrink'
          expect(action?.type ?? false).toBe(type)
          if (action === undefined) continue
          if (action.type === 'shrink') expect(action.share).toBe([0, 0.1, 0.25, 0.5][reached])
          actedAt = now
          fell = false
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the division of what has to go', () => {
  const holder = fc.record({ entries: fc.nat(10_000), worth: fc.double({ min: 0, max: 100, noNaN: true }) })

  it('lets go of as much as was asked for, and of the smaller share where entries are worth more', () => {
    fc.assert(
      fc.property(
        fc.array(holder, { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, share) => {
          const total = all.reduce((sum, { entries }) => sum + entries, 0)
          const kept = divide(all, total * share)
          const gone = total - kept.reduce((sum, entries) => sum + entries, 0)
          expect(gone).toBeGreaterThanOrEqual(Math.floor(total * share) - all.length)
          expect(gone).toBeLessThanOrEqual(Math.ceil(total * share) + all.length)
          for (const [a, one] of all.entries()) {
            expect(kept[a]).toBeGreaterThanOrEqual(0)
            expect(kept[a]).toBeLessThanOrEqual(one.entries)
            for (const [b, other] of all.entries()) {
              if (one.worth < other.worth || one.entries === 0 || other.entries === 0) continue
              // Whole entries go, so one of each may be between.
              expect(((kept[a] ?? 0) + 1) / one.entries + 1 / other.entries).toBeGreaterThanOrEqual(
                (kept[b] ?? 0) / other.entries - 1e-9,
              )
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('takes twice the share of what is worth half', () => {
    expect(
      divide(
        [
          { entries: 1_000, worth: 2 },
          { entries: 1_000, worth: 1 },
        ],
        300,
      ),
    ).toEqual([900, 800])
  })
})

describe('the limit of a container', () => {
  const limitOf = (files: Readonly<Record<string, string>>): number => containerLimit((path) => files[path])

  it.each([
    ['no groups', {}, Infinity],
    ['version 2, at the top', { '/sys/fs/cgroup/memory.max': '536870912\n' }, 536_870_912],
    ['version 2, without a limit', { '/sys/fs/cgroup/memory.max': 'max\n' }, Infinity],
    [
      'version 2, nested: the least counts',
      {
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/memory.max': '1000\n',
        '/sys/fs/cgroup/a/b/memory.max': '2000\n',
      },
      1_000,
    ],
    [
      'version 1',
      {
        '/proc/self/cgroup': '5:cpu:/a\n4:memory:/docker/x\n',
        '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': '3000\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      },
      3_000,
    ],
    ['version 1, at the top', { '/sys/fs/cgroup/memory/memory.limit_in_bytes': '4000' }, 4_000],
  ])('is read of %s', (_, files, limit) => {
    expect(limitOf(files)).toBe(limit)
  })
})

describe('readings', () => {
  it('are of this process, and the tighter of two limits counts', () => {
    const { heapUsed, heapLimit, rss, rssLimit } = processReadings(Infinity, 1e12)()
    expect(heapUsed).toBeGreaterThan(1e6)
    expect(heapLimit).toBeGreaterThan(heapUsed)
    expect(rss).toBeGreaterThan(heapUsed)
    expect(rssLimit).toBeLessThanOrEqual(1e12)
    expect(pressureOf({ heapUsed: 1, heapLimit: 2, rss: 9, rssLimit: 10 })).toEqual({ share: 0.9, of: 'rss' })
    expect(pressureOf({ heapUsed: 1, heapLimit: 2, rss: 0, rssLimit: Infinity })).toEqual({ share: 0.5, of: 'heap' })
  })

  it('know how large the young generation may become', () => {
    expect(youngBytes([])).toBe(48 * 2 ** 20)
    expect(youngBytes(['--max-semi-space-size=64'])).toBe(192 * 2 ** 20)
    expect(youngBytes(['--no-warnings --max_semi_space_size 8'])).toBe(24 * 2 ** 20)
  })
})

describe('memoryBudget', () => {
  function setUp(options: { readonly keys?: number } = {}) {
    const clock = manualClock()
    let reading: MemoryReading = { heapUsed: 0, heapLimit: 100, rss: 0, rssLimit: Infinity }
    const bounds = [
      eviction({ policy: 'lru', maxEntries: 10_000 }),
      eviction({ policy: 'lru', maxEntries: 10_000 }),
    ] as const
    const caches = bounds.map((bound) => createCache<number>({ store: memory({ clock }), clock, use: [bound] }))
    const budget = memoryBudget({ clock, readings: () => reading })
    const changes: BudgetChange[] = []
    budget.onChange((change) => changes.push(change))
    for (const cache of caches)
      for (let key = 0; key < (options.keys ?? 1_000); key += 1) cache.sync.set(String(key), key)
    return {
      clock,
      budget,
      bounds,
      caches,
      changes,
      press(heapUsed: number) {
        reading = { ...reading, heapUsed }
        clock.advance(1_000)
      },
      close: () => Promise.all(caches.map((cache) => cache.close())),
    }
  }

  it('shrinks all caches level by level, and lets them grow back', async () => {
    const { budget, bounds, caches, changes, press, close } = setUp()
    for (const bound of bounds) budget.add(bound)
    press(86)
    expect(bounds.map(({ entries }) => entries)).toEqual([900, 900])
    press(92)
    expect(bounds.map(({ entries }) => entries)).toEqual([675, 675])
    press(97)
    expect(budget.level).toBe(3)
    expect(bounds.map(({ entries }) => entries)).toEqual([337, 337])
    for (let round = 0; round < 20; round += 1) press(50)
    expect(budget.level).toBe(0)
    for (const cache of caches) for (let key = 0; key < 1_500; key += 1) cache.sync.set(String(key), key)
    expect(bounds.map(({ entries }) => entries)).toEqual([1_500, 1_500])
    const kinds = changes.map(({ type, level }) => `${type} ${level}`)
    expect(kinds.slice(0, 6)).toEqual(['level 1', 'shrink 1', 'level 2', 'shrink 2', 'level 3', 'shrink 3'])
    expect(new Set(kinds.slice(6))).toEqual(new Set(['level 0', 'grow 0']))
    budget.close()
    await close()
  })

  it('takes from what is worth least, and believes who says what entries are worth', async () => {
    const { budget, bounds, caches, press, close } = setUp()
    for (const bound of bounds) budget.add(bound)
    for (let key = 0; key < 1_000; key += 1) caches[0]?.sync.get(String(key))
    press(92)
    expect(bounds.map(({ entries }) => entries)).toEqual([1_000, 500])
    budget.close()
    const [first, second] = bounds
    budget.add(first)
    budget.add(second, { worth: 1_000 })
    for (const cache of caches) for (let key = 0; key < 500; key += 1) cache.sync.get(String(999 - key))
    press(50)
    press(86)
    expect(first.entries).toBeLessThan(1_000)
    expect(second.entries).toBeGreaterThan(495)
    budget.close()
    await close()
  })

  it('looks at memory while a busy loop adds entries, without any timer', async () => {
    const { budget, bounds, caches, close } = setUp({ keys: 0 })
    const stop = budget.add(bounds[0])
    let looks = 0
    const readings = (): MemoryReading => {
      looks += 1
      return { heapUsed: 1, heapLimit: 100, rss: 0, rssLimit: 1 }
    }
    const other = memoryBudget({ readings })
    other.add(bounds[0])
    for (let key = 0; key < 1_024; key += 1) caches[0]?.sync.set(String(key), key)
    expect(looks).toBe(4)
    stop()
    other.close()
    await close()
  })

  it('lifts what it has limited when a cache is taken out, and keeps no timer then', async () => {
    const { budget, bounds, caches, clock, press, close } = setUp()
    const stop = budget.add(bounds[0])
    press(97)
    expect(bounds[0].entries).toBe(500)
    stop()
    for (let key = 0; key < 900; key += 1) caches[0]?.sync.set(String(key), key)
    expect(bounds[0].entries).toBeGreaterThan(890)
    const before = clock.pending
    budget.check()
    expect(clock.pending).toBe(before)
    await close()
  })

  it.each([
    [{ thresholds: [0.9, 0.8, 0.95] }, 'thresholds'],
    [{ thresholds: [0.9, 0.95] }, 'thresholds'],
    [{ hysteresis: 0.9 }, 'hysteresis'],
    [{ checkMs: 0 }, 'checkMs'],
    [{ maxRssBytes: -1 }, 'maxRssBytes'],
    [{ readings: 5 }, 'readings'],
    [{ maxHeapByte: 5 }, 'did you mean "maxHeapBytes"'],
  ])('refuses %j', (options, message) => {
    expect(() => memoryBudget(options as never)).toThrow(message)
  })

  it('refuses a worth that is none', () => {
    expect(() => memoryBudget().add(eviction({ maxEntries: 1 }), { worth: 0 })).toThrow('worth')
  })
})
