import { memory } from '@cachette/adapter-memory'
import { type Cache, createCache, manualClock } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { type KeepWarmOptions, keepWarm } from '../src/index.js'

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done))
}

const begun = (options: Partial<KeepWarmOptions<number>> = {}) => {
  const clock = manualClock()
  const cache = createCache<number>({ store: memory({ clock }), clock, ttlMs: 60_000 })
  const loads: string[] = []
  let count = 0
  const load = (key: string): number => {
    loads.push(key)
    count += 1
    return count
  }
  const keeping = keepWarm(cache, { keys: () => ['a', 'b'], load, clock, ...options })
  const pass = async (ms: number, steps = 1): Promise<void> => {
    for (let step = 0; step < steps; step += 1) {
      clock.advance(ms / steps)
      await settled()
    }
  }
  return { clock, cache, keeping, loads, pass }
}

const as = <T>(value: unknown): T => value as T

describe('keepWarm', () => {
  it('refreshes what is about to end, so that it never does', async () => {
    const { cache, keeping, loads, pass } = begun()
    await cache.set('a', 0)
    for (let round = 0; round < 30; round += 1) {
      await pass(10_000)
      expect(await cache.get('a')).toBeDefined()
    }
    // Each time with 20 of its 60 seconds left.
    expect(loads).toEqual(Array.from({ length: 7 }, () => 'a'))
    expect(keeping.counts).toEqual({ rounds: 30, looked: 60, refreshed: 7, failed: 0 })
    await keeping.close()
    await cache.close()
  })

  it('leaves what is absent alone, and what has no end', async () => {
    const { cache, loads, pass } = begun()
    await cache.set('a', 0, { ttlMs: Infinity, freshMs: Infinity })
    await pass(100_000, 10)
    expect(loads).toEqual([])
    expect(await cache.has('b')).toBe(false)
    await cache.close()
  })

  it('looks at the hottest alone, as many as it may', async () => {
    const keys = () => Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, count: index }))
    const { cache, loads, pass, keeping } = begun({ keys, limit: 3, aheadMs: 90_000 })
    await cache.setMany(keys().map(({ key }) => [key, 0] as const))
    await pass(10_000)
    expect(loads).toEqual(['k49', 'k48', 'k47'])
    expect(keeping.counts.looked).toBe(3)
    await cache.close()
  })

  it('runs a few loads at once', async () => {
    const open: (() => void)[] = []
    const load = (): Promise<number> => new Promise((resolve) => open.push(() => resolve(1)))
    const keys = () => ['a', 'b', 'c', 'd', 'e']
    const { cache, pass, keeping } = begun({ keys, load, concurrency: 2, aheadMs: 90_000 })
    await cache.setMany(keys().map((key) => [key, 0] as const))
    await pass(10_000)
    expect(open.length).toBe(2)
    open[0]?.()
    await settled()
    expect(open.length).toBe(3)
    for (let index = 1; index < 5; index += 1) {
      open[index]?.()
      await settled()
    }
    expect(keeping.counts.refreshed).toBe(5)
    expect(await cache.getMany(keys())).toEqual([1, 1, 1, 1, 1])
    await cache.close()
  })

  it('lets go of loads that hang, when their time is up', async () => {
    const asked: string[] = []
    const load = (key: string): Promise<number> | number => {
      asked.push(key)
      return key === 'a' ? new Promise(() => undefined) : 1
    }
    const { cache, pass, keeping } = begun({ load, concurrency: 1, aheadMs: 5_000, everyMs: 100_000 })
    await cache.setMany([
      ['a', 0, { ttlMs: 104_000 }],
      ['b', 0, { ttlMs: 104_000 }],
    ])
    await pass(100_000)
    expect(asked).toEqual(['a'])
    await pass(30_000)
    // The time of the other was up as well, before it could begin.
    expect([asked, keeping.counts.failed]).toEqual([['a'], 2])
    await cache.set('b', 0, { ttlMs: 71_000 + 4_000 })
    await pass(70_000)
    expect(asked).toEqual(['a', 'b'])
    expect(await cache.get('b')).toBe(1)
    await cache.close()
  })

  it('never brings back what is removed meanwhile, nor replaces what is newer', async () => {
    const open: (() => void)[] = []
    const load = (): Promise<number> => new Promise((resolve) => open.push(() => resolve(1)))
    const { cache, pass } = begun({ load, aheadMs: 90_000 })
    await cache.setMany([
      ['a', 0],
      ['b', 0],
    ])
    await pass(10_000)
    await cache.delete('a')
    await cache.set('b', 2)
    for (const go of open) go()
    await settled()
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 2])
    await cache.close()
  })

  it('goes on after failures, and tells of them', async () => {
    let isDown = true
    const keys = (): string[] => {
      if (isDown) throw new Error('no list')
      return ['a']
    }
    const load = (): number => {
      throw new Error('no value')
    }
    const { cache, pass, keeping } = begun({ keys, load, aheadMs: 90_000 })
    await cache.set('a', 0)
    await pass(10_000)
    expect(keeping.counts).toMatchObject({ rounds: 1, failed: 1 })
    expect(keeping.failure).toMatchObject({ message: 'no list' })
    isDown = false
    await pass(10_000)
    expect(keeping.counts).toMatchObject({ rounds: 2, failed: 2 })
    expect(keeping.failure).toMatchObject({ message: 'no value' })
    expect(await cache.get('a')).toBe(0)
    await cache.close()
  })
})

describe('keepWarm ends', () => {
  it('with close, which waits for a round', async () => {
    const gate: (() => void)[] = []
    const keys = (): Promise<string[]> => new Promise((resolve) => gate.push(() => resolve(['a'])))
    const { cache, clock, keeping } = begun({ keys })
    clock.advance(10_000)
    let isClosed = false
    const closing = keeping.close().then(() => {
      isClosed = true
    })
    await settled()
    expect(isClosed).toBe(false)
    gate[0]?.()
    await closing
    expect([clock.pending, keeping.counts.looked]).toEqual([0, 0])
    await keeping.close()
    await cache.close()
  })

  it('with the cache', async () => {
    const { cache, clock } = begun()
    await cache.close()
    expect(clock.pending).toBe(0)
  })

  it('with the signal, also one that was aborted before', async () => {
    const aborting = new AbortController()
    const first = begun({ signal: aborting.signal })
    const one = first.clock.pending
    aborting.abort()
    expect([one, first.clock.pending]).toEqual([1, 0])
    const second = begun({ signal: AbortSignal.abort() })
    expect(second.clock.pending).toBe(0)
    await first.cache.close()
    await second.cache.close()
  })
})

it.each<[string, object, string]>([
  ['no keys', { load: () => 1 }, 'expected keys to be a function'],
  ['no loader', { keys: () => [] }, 'expected load to be a function'],
  ['a list of keys', { keys: ['a'], load: () => 1 }, 'got an array'],
  ['no time', { keys: () => [], load: () => 1, everyMs: 0 }, 'expected everyMs to be'],
  ['an unknown option', { keys: () => [], load: () => 1, limits: 1 }, 'did you mean "limit"'],
])('%s is refused', async (_, options, text) => {
  const cache = createCache<number>({ store: memory() })
  expect(() => keepWarm(cache, as<KeepWarmOptions<number>>(options))).toThrow(text)
  expect(() => keepWarm(as<Cache<number>>(memory()), as<KeepWarmOptions<number>>(options))).toThrow('keepWarm')
  await cache.close()
})
