import { memory } from '@cachette/adapter-memory'
import { createCache, manualClock } from '@cachette/core'
import { eviction, type Removal } from '@cachette/middleware/eviction'
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
})
