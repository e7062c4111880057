import { memory } from '@cachette/adapter-memory'
import { createCache, manualClock } from '@cachette/core'
import { lru } from '@cachette/eviction'
import { EVICTION_DEFAULTS, eviction, type Removal } from '@cachette/middleware/eviction'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('eviction', () => {
  it('keeps no more than the limit says', async () => {
    const bound = eviction({ policy: 'lru', maxEntries: 2 })
    const cache = createCache<number>({ store: memory(), use: [bound] })
    await cache.set('a', 1)
    await cache.set('b', 2)
    await cache.get('a')
    await cache.set('c', 3)
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([1, undefined, 3])
    expect(bound.entries).toBe(2)
    await cache.close()
  })

  it('evicts at once where the stack answers at once', () => {
    const cache = createCache<number>({ store: memory(), use: [eviction({ policy: 'fifo', maxEntries: 1 })] })
    cache.sync.set('a', 1)
    cache.sync.set('b', 2)
    expect([cache.sync.get('a'), cache.sync.get('b')]).toEqual([undefined, 2])
  })

  it('tells of removals with their causes', async () => {
    const clock = manualClock()
    const bound = eviction({ policy: 'lru', maxEntries: 2 })
    const heard: Removal[] = []
    bound.onRemoval((removal) => heard.push(removal))
    const cache = createCache<number>({ store: memory({ clock }), clock, use: [bound] })
    await cache.set('a', 1)
    await cache.set('a', 2)
    await cache.set('b', 1, { ttlMs: 10 })
    await cache.set('c', 1)
    clock.advance(10)
    await cache.get('b')
    await cache.delete('c')
    await cache.set('d', 1)
    await cache.clear()
    expect(heard.map(({ key, cause }) => `${key} ${cause}`)).toEqual([
      'a replaced',
      'a capacity',
      'b expired',
      'c removed',
      'd cleared',
    ])
    await cache.close()
  })

  it('bounds bytes, of keys and values, and keeps nothing that is larger than all room', async () => {
    const bound = eviction({ policy: 'fifo', maxBytes: 60 })
    const cache = createCache<string>({ store: memory({ copies: true }), use: [bound] })
    await cache.set('a', 'x'.repeat(25))
    await cache.set('b', 'x'.repeat(25))
    expect([bound.entries, bound.bytes]).toEqual([2, 52])
    await cache.set('c', 'x'.repeat(25))
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual([undefined, 'x'.repeat(25), 'x'.repeat(25)])
    await cache.set('b', 'x'.repeat(100))
    expect(await cache.getMany(['b', 'c'])).toEqual([undefined, 'x'.repeat(25)])
    await cache.close()
  })

  it('weighs as it is told, and keeps nothing that cannot be weighed', async () => {
    const weigh = ({ value }: { readonly value: unknown }): number => (value === 13 ? Number.NaN : Number(value))
    const bound = eviction({ policy: 'lru', maxBytes: 10, weigh })
    const cache = createCache<number>({ store: memory(), use: [bound] })
    const failures: string[] = []
    cache.on('failure', ({ error }) => failures.push(error.message))
    for (const weight of [4, 5, 6]) await cache.set(`weighs ${weight}`, weight)
    expect(bound.bytes).toBe(6)
    await cache.set('weighs 6', 13)
    expect([bound.entries, await cache.get('weighs 6')]).toEqual([0, undefined])
    expect(failures).toEqual(['BACKEND: expected weigh to give a number of bytes, got NaN'])
    await cache.close()
  })

  it('keeps what is pinned', async () => {
    const bound = eviction({ maxEntries: 2, pinned: (key) => key.startsWith('config') })
    const cache = createCache<number>({ store: memory(), use: [bound] })
    await cache.set('config a', 1)
    for (let key = 0; key < 20; key += 1) await cache.set(String(key), key)
    expect(await cache.getMany(['config a', '18', '19'])).toEqual([1, undefined, 19])
    await cache.close()
  })

  it('changes policy and limits while it runs, as a whole or not at all', async () => {
    const bound = eviction({ policy: 'lru', maxEntries: 4 })
    const cache = createCache<number>({ store: memory({ copies: true }), use: [bound] })
    for (const key of ['a', 'b', 'c', 'd']) await cache.set(key, 1)
    await cache.get('a')
    expect(() => bound.configure({ policy: 'fifo', maxEntries: 0 })).toThrow('maxEntries')
    expect(() => bound.configure({ policy: 'random' as never })).toThrow("'lru'")
    expect(() => bound.resize({ maxEntries: Infinity })).toThrow('maxEntries or maxBytes')
    expect(bound.limits).toEqual({ policy: 'lru', maxEntries: 4, maxBytes: Infinity })
    bound.configure({ policy: 'fifo', maxBytes: 1_000 })
    expect(bound.entries).toBe(4)
    await cache.get('b')
    bound.resize({ maxEntries: 2 })
    // What was used longest ago went to the new policy first.
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual([1, undefined, undefined, 1])
    bound.configure({ policy: lru, maxEntries: 1 })
    expect(await cache.getMany(['a', 'd'])).toEqual([1, undefined])
    await cache.close()
  })

  it('evicts nothing that it does not know, and what it knows is what is there', async () => {
    const step = fc.record({ verb: fc.constantFrom('set', 'get', 'delete', 'add', 'clear'), key: fc.nat(12) })
    const policy = fc.constantFrom(
      'fifo',
      'lru',
      'lfu',
      'sieve',
      's3fifo',
      'slru',
      'tinylfu',
      'ttl',
      'session',
      'adaptive',
    )
    await fc.assert(
      fc.asyncProperty(
        policy as fc.Arbitrary<'lru'>,
        fc.integer({ min: 1, max: 6 }),
        fc.array(step),
        async (name, maxEntries, steps) => {
          const bound = eviction({ policy: name, maxEntries })
          const cache = createCache<number>({ store: memory(), use: [bound] })
          const heard: string[] = []
          bound.onRemoval(({ key }) => heard.push(key))
          const written = new Set<string>()
          for (const { verb, key: number } of steps) {
            const key = String(number)
            if (verb === 'clear') await cache.clear()
            else if (verb === 'delete') await cache.delete(key)
            else if (verb === 'get') await cache.get(key)
            else await cache[verb === 'add' ? 'add' : 'set'](key, number)
            if (verb === 'set' || verb === 'add') written.add(key)
            const there: string[] = []
            for await (const one of cache.keys()) there.push(one)
            expect(bound.entries).toBe(there.length)
            expect(there.length).toBeLessThanOrEqual(maxEntries)
          }
          expect(heard.every((key) => written.has(key))).toBe(true)
          await cache.close()
        },
      ),
      { numRuns: 150 },
    )
  })

  it('counts loads, and gives them to all who wait, however little room there is', async () => {
    const bound = eviction({ policy: 'lru', maxEntries: 1 })
    const cache = createCache<string>({ store: memory(), use: [bound] })
    const load = async (key: string): Promise<string> => `loaded ${key}`
    expect(await Promise.all(['a', 'b', 'a'].map((key) => cache.getOrSet(key, () => load(key))))).toEqual([
      'loaded a',
      'loaded b',
      'loaded a',
    ])
    expect(bound.entries).toBe(1)
    await cache.close()
  })

  it('says what is wrong with its options', () => {
    expect(EVICTION_DEFAULTS.maxEntries).toBe(Infinity)
    expect(() => eviction({})).toThrow('expected maxEntries or maxBytes')
    expect(() => eviction({ maxEntrys: 5 } as never)).toThrow('did you mean "maxEntries"')
    expect(() => eviction({ maxEntries: 1.5 })).toThrow('a positive whole number')
    expect(() => eviction({ maxEntries: 1, scope: 'all' as never })).toThrow("'process'")
    expect(() => createCache({ store: memory(), use: [eviction({ maxBytes: 5 })] })).toThrow('expected weigh')
    const bound = eviction({ maxEntries: 5 })
    createCache({ store: memory(), use: [bound] })
    expect(() => bound.resize({ maxBytes: 5 })).toThrow('expected weigh')
    expect(() => bound.squeeze(0)).toThrow('squeeze')
  })
})
