import { describe, expect, it } from 'vitest'
import { type AnyLayer, andThen, createCache, manualClock } from '../../src/index.js'
import { TestStore } from '../support/test-store.js'

describe('an entry that a layer holds for stale', () => {
  const outdated = new Set<string>()
  const loads: (readonly string[] | undefined)[] = []
  const layer: AnyLayer = {
    name: 'outdating',
    wrap: (next) => ({
      read(keys, call) {
        if (call.load !== undefined) loads.push(call.load.tags)
        return andThen(next.read(keys, call), (found) =>
          found.map((entry, index) => entry && { ...entry, outdated: outdated.has(keys[index] ?? '') }),
        )
      },
      write(changes, call) {
        for (const { key } of changes) outdated.delete(key)
        return next.write(changes, call)
      },
    }),
  }

  it('is served and refreshed, by a load that says its tags', async () => {
    const cache = createCache<string>({ store: new TestStore(), use: [layer] })
    await cache.set('a', 'old')
    outdated.add('a')
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'stale', value: 'old' })
    const stored = new Promise((resolve) => cache.on('load', resolve))
    expect(await cache.getOrSet('a', () => 'new', { tags: ['one'] })).toBe('old')
    expect(await stored).toMatchObject({ outcome: 'stored' })
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'hit', value: 'new' })
    expect(loads).toEqual([['one']])
  })

  it('does not slide', async () => {
    const clock = manualClock()
    const cache = createCache<string>({ store: new TestStore(), use: [layer], clock, ttlMs: 10, sliding: true })
    await cache.set('a', 'x')
    clock.advance(5)
    outdated.add('a')
    expect(await cache.get('a')).toBe('x')
    clock.advance(5)
    expect(await cache.get('a')).toBeUndefined()
  })
})
