import { memory } from '@cachette/adapter-memory'
import {
  type AnyLayer,
  andThen,
  around,
  CacheError,
  compose,
  createCache,
  type Host,
  manualClock,
  newCall,
  type Store,
} from '@cachette/core'
import { STATS_DEFAULTS, stats } from '@cachette/middleware/stats'
import { describe, expect, it } from 'vitest'
import { counted } from './support/counted.js'
import { Remote } from './support/remote.js'
import { seeded } from './support/seeded.js'

describe('stats', () => {
  it('tells hits from stale ones and misses, whoever asks', async () => {
    const { cache, clock, layer } = counted()
    await cache.set('a', 'xyz', { ttlMs: 100, freshMs: 10 })
    await cache.getMany(['a', 'b', 'a'])
    clock.advance(10)
    await cache.get('a')
    await cache.has('a')
    await cache.lookup('b')
    clock.advance(90)
    await cache.getOrSet('a', () => 'four', { graceMs: 1_000 })
    const { hits, stale, misses, hitRatio, bytesRead, bytesWritten, writes, loads } = layer.snapshot()
    expect({ hits, stale, misses, bytesRead, bytesWritten, writes }).toEqual({
      hits: 2,
      stale: 2,
      misses: 3,
      bytesRead: 9,
      bytesWritten: 7,
      writes: 1,
    })
    expect(hitRatio).toBe(4 / 7)
    expect(loads).toEqual({ stored: 1, discarded: 0, skipped: 0, unstored: 0, failed: 0 })
  })

  it('counts what is kept beyond its end as a miss', async () => {
    const { cache, clock, layer } = counted()
    await cache.set('a', 'x', { ttlMs: 100, graceMs: 100 })
    clock.advance(100)
    await expect(cache.getOrSet('a', () => Promise.reject(new Error('down')))).resolves.toBe('x')
    expect(layer.snapshot()).toMatchObject({ hits: 0, misses: 1, bytesRead: 0, loads: { failed: 1 } })
  })

  it('counts as stale what a layer below holds for outdated', async () => {
    const outdating: AnyLayer = {
      name: 'outdating',
      wrap: (next) => ({
        read: (keys, call) =>
          andThen(next.read(keys, call), (found) => found.map((one) => one && { ...one, outdated: true })),
      }),
    }
    const layer = stats({ level: 'counts' })
    const cache = createCache<string>({ store: memory<string>(), use: [layer, outdating] })
    await cache.set('a', 'x')
    await cache.getMany(['a'])
    expect(layer.snapshot()).toMatchObject({ hits: 0, stale: 1 })
  })

  it('counts loads and leases over a store that answers later as their callers see them', async () => {
    const layer = stats({ level: 'full' })
    const cache = createCache<string>({ store: new Remote(), use: [layer], clock: manualClock() })
    await Promise.all([cache.getOrSet('a', () => 'x'), cache.getOrSet('a', () => 'y')])
    await cache.getOrSet('a', () => 'z')
    await cache.close()
    expect(layer.snapshot()).toMatchObject({ hits: 1, misses: 2, writes: 0, refused: 0, loads: { stored: 1 } })
    expect(layer.snapshot().removals.deleted).toBe(0)
  })

  it('looks closely at every answer that comes later, and times failures too', async () => {
    const store = new Remote()
    const { cache, layer } = counted({}, store)
    await cache.set('a', 'xy')
    await cache.get('a')
    store.meets = () => ({ before: () => Promise.reject(new CacheError('UNAVAILABLE', 'cut off')) })
    await expect(cache.get('a')).rejects.toThrow('cut off')
    await expect(cache.clear()).rejects.toThrow('cut off')
    const { failures, latencyMs, hotKeys, keyBytes, readBytes, writtenBytes, misses } = layer.snapshot()
    expect(failures).toEqual({ UNAVAILABLE: 2 })
    expect(misses).toBe(0)
    expect(latencyMs.read).toMatchObject({ count: 2, p50: 1, max: 1 })
    expect([latencyMs.write.count, latencyMs.clear.count]).toEqual([1, 1])
    expect(hotKeys).toMatchObject({
      capacity: 100,
      total: 1,
      floor: 0,
      keys: [{ key: 'a', count: 1, error: 0, recent: 1 }],
    })
    expect([keyBytes.count, readBytes.max, writtenBytes.max]).toEqual([2, 2, 2])
  })

  it('measures keys in bytes', async () => {
    for (const key of ['a', 'é', '€', '😀', 'a😀é']) {
      const { cache, layer } = counted({ level: 'full' })
      await cache.get(key)
      expect(layer.snapshot().keyBytes.max).toBe(new TextEncoder().encode(key).length)
    }
  })

  it('counts failures that are thrown at once, and what is no failure of the house', async () => {
    const broken = around({
      name: 'broken',
      around: () => {
        throw new Error('kaputt')
      },
    })
    const layer = stats()
    const cache = createCache<string>({ store: memory<string>(), use: [layer, broken] })
    await expect(cache.get('a')).rejects.toThrow('kaputt')
    await expect(cache.set('a', 'x')).rejects.toThrow('kaputt')
    await expect(cache.keys()[Symbol.asyncIterator]().next()).rejects.toThrow('kaputt')
    expect(layer.snapshot().failures).toEqual({ BACKEND: 3 })
  })

  it('counts single reads that fail at once, between close looks', async () => {
    const breaking = {
      name: 'breaking',
      wrap: () => ({
        read: () => [undefined],
        readOne: (): never => {
          throw new CacheError('FULL', 'full')
        },
      }),
    }
    const layer = stats()
    const cache = createCache<string>({ store: memory<string>(), use: [layer, breaking] })
    for (let asked = 0; asked < 5; asked += 1) await expect(cache.get('a')).rejects.toThrow('full')
    expect(layer.snapshot()).toMatchObject({ failures: { FULL: 5 }, misses: 0 })
  })

  it('counts single reads that come later than was declared', async () => {
    const slow = { name: 'slow', wrap: () => ({ read: () => [undefined], readOne: () => Promise.resolve(undefined) }) }
    const layer = stats()
    const cache = createCache<string>({ store: memory<string>(), use: [layer, slow] })
    for (let asked = 0; asked < 5; asked += 1) await cache.get('a')
    expect(layer.snapshot().misses).toBe(5)
  })

  it('counts pages as they come, and what a scan gave', async () => {
    const { cache, layer } = counted()
    for (const key of ['a', 'b', 'c']) await cache.set(key, 'x')
    for await (const key of cache.keys()) expect(key).toHaveLength(1)
    for await (const _ of cache.keys()) break
    await cache.clear()
    const { scanned, clears, latencyMs } = layer.snapshot()
    expect({ scanned, clears }).toEqual({ scanned: 6, clears: 1 })
    expect(latencyMs.scan.count).toBeGreaterThan(0)
  })

  it('tells what took entries, and what went wrong unseen', () => {
    let host: Host | undefined
    const telling = {
      name: 'telling',
      wrap: (_: unknown, given: Host) => {
        host = given
        return {}
      },
    }
    const layer = stats()
    const use = [layer, telling]
    const store = memory<string>()
    createCache({ store, use })
    host?.report({ type: 'evict', keys: ['a', 'b'], cause: 'capacity', source: 'x' })
    host?.report({ type: 'evict', keys: ['c'], cause: 'expired', source: 'x' })
    host?.report({ type: 'damage', key: 'd', source: 'x' })
    host?.report({ type: 'invalidate', what: 'a tag', source: 'x' })
    host?.report({ type: 'failure', operation: 'read', source: 'x', error: new CacheError('TIMEOUT', 'late') })
    const { removals, invalidations, reported, failures } = layer.snapshot()
    expect({ removals, invalidations, reported, failures }).toEqual({
      removals: { deleted: 0, capacity: 2, expired: 1, damaged: 1 },
      invalidations: 1,
      reported: { TIMEOUT: 1 },
      failures: {},
    })
  })

  it('passes streams on and counts them', async () => {
    const header = {
      createdAt: 0,
      staleAt: 9e15,
      expiresAt: 9e15,
      keptUntil: 9e15,
      version: { time: 1, count: 0, writer: 1 },
      kind: 'value',
      tags: [],
      marks: {},
      size: 7,
    } as const
    const body = (): ReadableStream<Uint8Array> => new ReadableStream()
    const store = memory({ copies: true })
    const streaming: Store = Object.assign(Object.create(store) as typeof store, {
      traits: { ...store.traits, streams: true },
      streams: { read: (key: string) => (key === 'a' ? { header, body: body() } : undefined), write: () => true },
    })
    const layer = stats({ level: 'full' })
    const stack = compose(streaming, [layer])
    await stack.streams?.read('a', newCall(1))
    await stack.streams?.read('b', newCall(1))
    await stack.streams?.write({ key: 'c', header }, body(), newCall(1))
    await stack.streams?.read('b', newCall(1, { aside: true }))
    expect(layer.snapshot()).toMatchObject({
      hits: 1,
      misses: 1,
      bytesRead: 7,
      writes: 1,
      latencyMs: { read: { count: 2 } },
    })
  })
})

describe('the level of stats', () => {
  it('decides how much is done', async () => {
    const asked = async (level: 'off' | 'counts' | 'standard' | 'full') => {
      const { cache, layer } = counted({ level, sampleEvery: 10, random: seeded(1).random })
      await cache.set('a', 'x')
      for (let read = 0; read < 100; read += 1) await cache.get('a')
      for await (const _ of cache.keys()) break
      await cache.clear()
      const { hits, writes, clears, latencyMs, hotKeys } = layer.snapshot()
      return [hits, writes, clears, latencyMs.read.count, hotKeys.total]
    }
    expect(await asked('off')).toEqual([0, 0, 0, 0, 0])
    expect(await asked('counts')).toEqual([100, 1, 1, 0, 0])
    expect(await asked('full')).toEqual([100, 1, 1, 100, 100])
    const [hits, writes, clears, timed = 0, total = 0] = await asked('standard')
    expect([hits, writes, clears]).toEqual([100, 1, 1])
    expect(timed).toBe(total)
    expect(timed % 10).toBe(0)
    expect(timed).toBeGreaterThan(0)
  })

  it('takes about as large a sample as was asked for', async () => {
    const { seed, random } = seeded()
    const { cache, layer } = counted({ sampleEvery: 8, random })
    for (let read = 0; read < 40_000; read += 1) cache.sync.get(`${read % 4}`)
    const { hotKeys, latencyMs } = layer.snapshot()
    // Five standard deviations.
    expect(Math.abs(hotKeys.total - 40_000), `seed ${seed}`).toBeLessThan(1_800)
    expect(latencyMs.read.count).toBe(hotKeys.total)
    for (const { count } of hotKeys.keys) expect(Math.abs(count - 10_000), `seed ${seed}`).toBeLessThan(1_800)
    await cache.close()
  })

  it('and all else can change while it runs, whole or not at all', async () => {
    const { cache, clock, layer } = counted({ level: 'counts' })
    const asks = async (times: number) => {
      for (let read = 0; read < times; read += 1) await cache.get('a')
    }
    await asks(3)
    expect(layer.frequency('a')).toEqual({ recent: 0, before: 0 })
    layer.configure({ level: 'full', windowsMs: [1_000] })
    await asks(2)
    expect(layer.frequency('a').recent).toBe(2)
    expect(layer.snapshot()).toMatchObject({ misses: 5, windows: [{ windowMs: 1_000, misses: 2 }] })
    expect(() => layer.configure({ level: 'off', sampleEvery: 0 })).toThrow(
      /expected sampleEvery to be a positive whole number, got 0/,
    )
    expect(layer.settings).toEqual({ ...STATS_DEFAULTS, level: 'full', windowsMs: [1_000] })
    clock.advance(1_000)
    await asks(1)
    expect(layer.snapshot().windows).toEqual([{ windowMs: 1_000, hits: 0, stale: 0, misses: 1, hitRatio: 0 }])
    layer.configure({ hotKeys: 0 })
    await asks(1)
    expect(layer.snapshot().hotKeys).toEqual({ capacity: 0, total: 0, floor: 0, keys: [] })
    layer.configure({ level: 'off' })
    await asks(4)
    await cache.getOrSet('b', () => 'x')
    expect(layer.snapshot()).toMatchObject({ misses: 7, loads: { stored: 0 } })
    layer.reset()
    expect(layer.snapshot()).toMatchObject({ misses: 0, since: clock.now(), hotKeys: { total: 0 } })
  })
})
