import { describe, expect, it } from 'vitest'
import { mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

const WORLDS = {
  'a map by reference': () => mapped().cache,
  'a server of bytes': () => processOf().cache,
}

describe.each(Object.entries(WORLDS))('a cache over %s', (_, open) => {
  it.each([0, '', false, null, [], {}, 'text', { a: [1, { b: null }] }])(
    'gives %j back as it was set',
    async (value) => {
      const cache = open()
      await cache.set('k', value)
      expect(await cache.get('k')).toEqual(value)
      expect(await cache.has('k')).toBe(true)
      expect(await cache.getMany(['k', 'none'])).toEqual([value, undefined])
      expect(await cache.add('k', 'other')).toBe(false)
      expect(await cache.take('k')).toEqual(value)
      expect(await cache.has('k')).toBe(false)
    },
  )

  it('refuses undefined and promises as values, and stores nothing', async () => {
    const cache = open()
    for (const value of [undefined, Promise.resolve(1)]) {
      const refused = [
        cache.set('k', value),
        cache.add('k', value),
        cache.setMany([
          ['other', 1],
          ['k', value],
        ]),
        cache.update('k', () => value),
      ]
      for (const promise of refused) expect((await rejectionOf(promise)).code).toBe('INVALID_VALUE')
    }
    expect(await cache.getMany(['k', 'other'])).toEqual([undefined, undefined])
  })

  it('gives nothing where nothing is', async () => {
    const cache = open()
    expect(await cache.get('k')).toBeUndefined()
    expect(await cache.take('k')).toBeUndefined()
    expect(await cache.has('k')).toBe(false)
    expect(await cache.delete('k')).toBe(false)
    expect(await cache.touch('k')).toBe(false)
  })

  it('says of each removal whether something was there', async () => {
    const cache = open()
    await cache.setMany([
      ['a', 1],
      ['b', 2],
    ])
    expect(await cache.delete('a')).toBe(true)
    expect(await cache.deleteMany(['a', 'b', 'b', 'c'])).toEqual([false, true, false, false])
  })

  it('adds where nothing is, and to one of those who try at once', async () => {
    const cache = open()
    const added = await Promise.all(Array.from({ length: 10 }, (_value, index) => cache.add('k', index)))
    expect(added.filter(Boolean)).toHaveLength(1)
    expect(await cache.get('k')).toBe(added.indexOf(true))
  })

  it('keeps the order of calls for a key, awaited or not', async () => {
    const cache = open()
    const answers = [
      cache.get('k'),
      cache.set('k', 1),
      cache.get('k'),
      cache.delete('k'),
      cache.has('k'),
      cache.add('k', 2),
      cache.update('k', (value) => [value]),
      cache.getMany(['k', 'k']),
      cache.take('k'),
      cache.set('k', 3),
      cache.clear(),
      cache.get('k'),
      cache.setMany([
        ['k', 4],
        ['k', 5],
      ]),
      cache.get('k'),
    ]
    expect(await Promise.all(answers)).toEqual([
      ...[undefined, undefined, 1, true, false, true, [2], [[2], [2]], [2]],
      ...[undefined, undefined, undefined, undefined, 5],
    ])
  })

  it('takes pairs from anything that lists them, each with options of its own beside those of all', async () => {
    const cache = open()
    const pairs = new Map([['b', 2]])
    await cache.setMany(pairs)
    await cache.setMany(
      [
        ['a', 1, { ttlMs: 50 }],
        ['c', 3, { tags: ['own'] }],
        ['d', 4, { ttlMs: undefined, tags: undefined }],
      ],
      { ttlMs: 500, freshMs: 100, tags: ['all'] },
    )
    expect(await cache.lookup('a')).toMatchObject({ expiresInMs: 50, tags: ['all'] })
    expect(await cache.lookup('b')).toMatchObject({ expiresInMs: Infinity, tags: [] })
    expect(await cache.lookup('c')).toMatchObject({ expiresInMs: 500, tags: ['own'] })
    expect(await cache.lookup('d')).toMatchObject({ expiresInMs: 500, tags: ['all'] })
    await cache.setMany([])
    expect(await cache.getMany([])).toEqual([])
    expect(await cache.deleteMany([])).toEqual([])
  })

  it('clears everything', async () => {
    const cache = open()
    await cache.setMany([
      ['a', 1],
      ['b', 2],
    ])
    await cache.clear()
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
  })
})

describe('a value that is changed after the call', () => {
  it('is stored as it was, however long the store takes', async () => {
    const { cache, store } = processOf<{ n: number }>()
    store.held = true
    const value = { n: 1 }
    const calls = [
      cache.set('a', value),
      cache.add('b', value),
      cache.setMany([['c', value]]),
      cache.update('d', () => value),
    ]
    value.n = 2
    await store.settleAll()
    await Promise.all(calls)
    store.held = false
    // `update` makes its value when its turn comes: by then it had been changed.
    expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }, { n: 2 }])
  })

  it('and one that was given is a copy', async () => {
    const { cache } = processOf<{ n: number }>()
    await cache.set('k', { n: 1 })
    const given = await cache.get('k')
    if (given !== undefined) given.n = 2
    expect(await cache.get('k')).toEqual({ n: 1 })
    expect(await cache.getOrSet('k', () => ({ n: 3 }))).toEqual({ n: 1 })
  })
})

describe('a store without conditions', () => {
  it('refuses every verb that rests on them, whatever is there, and changes nothing', async () => {
    const { cache, store } = processOf<number>(undefined, {}, { traits: { conditional: 'none' } })
    for (const there of [false, true]) {
      if (there) await cache.set('k', 1)
      const refused = [
        cache.add('k', 2),
        cache.take('k'),
        cache.update('k', () => 2),
        cache.increment('k'),
        cache.touch('k'),
        cache.set('k', 2, { sliding: true, ttlMs: 100 }),
      ]
      for (const promise of refused) expect((await rejectionOf(promise)).code).toBe('UNSUPPORTED')
      await turns()
      expect(store.entries.texts).toEqual(there ? { k: '1' } : {})
    }
    expect(await cache.delete('k')).toBe(true)
    await cache.clear()
  })
})
