import { describe, expect, it } from 'vitest'
import type { Cache } from '../../src/cache/types.js'
import { MAX_KEY_BYTES, SEPARATOR } from '../../src/keys.js'
import { heard, mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { expectCode, rejectionOf } from '../support/failures.js'

refuseUnhandled()

async function listed<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of pages) all.push(item)
  return all
}

const WORLDS = {
  'a map by reference': () => mapped<number>().cache,
  'a server of bytes': () => processOf<number>().cache,
}

describe.each(Object.entries(WORLDS))('a namespace over %s', (_, open) => {
  it('has its own keys, under every verb', async () => {
    const cache = open()
    const [a, ab] = [cache.namespace('a'), cache.namespace('ab')]
    await Promise.all([cache.set('k', 1), a.set('k', 2), ab.set('k', 3), a.namespace('b').set('k', 4)])
    expect(await Promise.all([cache, a, ab, a.namespace('b')].map((one) => one.get('k')))).toEqual([1, 2, 3, 4])
    expect(await a.increment('k')).toBe(3)
    expect(await a.take('k')).toBe(3)
    expect(await a.getOrSet('k', () => 5)).toBe(5)
    expect(await a.getMany(['k', 'none'])).toEqual([5, undefined])
    expect(await a.deleteMany(['k', 'none'])).toEqual([true, false])
    expect(await cache.get('k')).toBe(1)
  })

  it('clears all of its own, nested ones included, and never a sibling', async () => {
    const cache = open()
    const all = ['a', 'ab', 'A', 'a:', 'b'].map((name) => cache.namespace(name))
    const nested = cache.namespace('a').namespace('x')
    for (const one of [...all, cache, nested]) await one.set('k', 1)
    await cache.set('a', 1)
    await cache.namespace('a').clear()
    expect(await Promise.all(all.map((one) => one.has('k')))).toEqual([false, true, true, true, true])
    expect([await cache.has('k'), await cache.has('a'), await nested.has('k')]).toEqual([true, true, false])
  })

  it('lists its own keys and entries, nested ones left out', async () => {
    const cache = open()
    const a = cache.namespace('a')
    await Promise.all([cache.set('k', 1), cache.set('a', 2), a.set('x', 3), a.set('y', 4)])
    await Promise.all([a.namespace('b').set('z', 5), cache.namespace('ab').set('k', 6)])
    expect((await listed(cache.keys())).sort()).toEqual(['a', 'k'])
    expect((await listed(a.keys())).sort()).toEqual(['x', 'y'])
    expect((await listed(a.entries())).sort()).toEqual([
      ['x', 3],
      ['y', 4],
    ])
    expect(await listed(cache.namespace('none').keys())).toEqual([])
  })

  it('is the same wherever it is made, and closes nothing', async () => {
    const cache = open()
    await cache.namespace('a').namespace('b').set('k', 1)
    const view = cache.namespace('a').namespace('b')
    expect(await view.get('k')).toBe(1)
    expect(view.name).toBe(`${cache.name}/a/b`)
    await view.close()
    await view[Symbol.asyncDispose]()
    expect(await view.get('k')).toBe(1)
    await cache.close()
    expect((await rejectionOf(view.get('k'))).code).toBe('CLOSED')
  })
})

describe('a key', () => {
  const refused = [
    ['', 'an empty string'],
    [`a${SEPARATOR}b`, 'U+241F'],
    ['\ud800', 'a lone surrogate'],
    ['x'.repeat(MAX_KEY_BYTES + 1), '1025'],
    ['€'.repeat(342), '1026'],
    [5, 'number'],
    [null, 'null'],
    [undefined, 'undefined'],
  ] as const

  it.each(refused)('is refused by every verb with INVALID_KEY: %j', async (given, message) => {
    const { cache, store } = mapped<number>()
    const key = given as string
    const calls = [
      cache.get(key),
      cache.set(key, 1),
      cache.add(key, 1),
      cache.delete(key),
      cache.take(key),
      cache.has(key),
      cache.getMany(['a', key]),
      cache.setMany([
        ['a', 1],
        [key, 1],
      ]),
      cache.deleteMany(['a', key]),
      cache.getOrSet(key, () => 1),
      cache.getOrSetMany(['a', key], () => new Map()),
      cache.update(key, () => 1),
      cache.increment(key),
      cache.touch(key),
      cache.lookup(key),
      cache.wrap(() => 1, { key: () => key })(),
    ]
    for (const call of calls) {
      expect(await rejectionOf(call)).toMatchObject({ code: 'INVALID_KEY', message: expect.stringContaining(message) })
    }
    expectCode(() => cache.namespace(key), 'INVALID_KEY')
    expect(store.calls).toEqual([])
  })

  it('may have 1,024 bytes, what its namespaces take counted in', async () => {
    const { cache } = mapped<number>()
    const inner: Cache<number> = cache.namespace('n'.repeat(10)).namespace('€€')
    const room = MAX_KEY_BYTES - (10 + 3) - (6 + 3)
    for (const key of ['x'.repeat(room), 'é'.repeat(room / 2)]) {
      await inner.set(key, 1)
      expect(await inner.get(key)).toBe(1)
    }
    const error = await rejectionOf(inner.set('x'.repeat(room + 1), 1))
    expect(error).toMatchObject({ code: 'INVALID_KEY', details: { maxBytes: room } })
    await cache.set('x'.repeat(MAX_KEY_BYTES), 1)
  })

  it('must fit beside its namespaces: a name that leaves none any room is refused', () => {
    const { cache } = mapped<number>()
    const longest = cache.namespace('n'.repeat(MAX_KEY_BYTES - 4))
    expectCode(() => longest.sync.set('kk', 1), 'INVALID_KEY', /at most 1 UTF-8 bytes/)
    expectCode(() => cache.namespace('n'.repeat(MAX_KEY_BYTES - 3)), 'INVALID_KEY', /at most 1020/)
    expectCode(() => longest.namespace('n'), 'INVALID_KEY')
  })
})

describe('a listing', () => {
  it('holds what is there throughout, damaged values left out, and can be left early', async () => {
    const { cache, store, clock } = processOf<number>()
    await cache.setMany(['a', 'b', 'c', 'd', 'e'].map((key) => [key, 1]))
    await cache.set('expired', 1, { ttlMs: 1 })
    clock.advance(1)
    const found = store.entries.get('b')
    if (found !== undefined) store.entries.set('b', { ...found, marks: { codec: 'another' } })
    const damages = heard(cache, 'damage')
    const scans = heard(cache, 'scan')
    expect((await listed(cache.entries())).map(([key]) => key).sort()).toEqual(['a', 'c', 'd', 'e'])
    expect(damages.map(({ key, id }) => [key, id])).toEqual([['b', scans[0]?.id]])
    for await (const _ of cache.keys()) break
    expect(store.scansOpen).toBe(0)
    expect(scans.map(({ keys }) => keys.length)).toEqual([5, 1])
  })

  it('is refused at its first step where the store cannot list, or is closed', async () => {
    const { cache } = processOf<number>(undefined, {}, { traits: { scan: 'none' } })
    expect((await rejectionOf(listed(cache.keys()))).code).toBe('UNSUPPORTED')
    expect((await rejectionOf(listed(cache.entries()))).code).toBe('UNSUPPORTED')
    await cache.namespace('n').clear()
    await cache.close()
    expect((await rejectionOf(listed(cache.keys()))).code).toBe('CLOSED')
  })
})
