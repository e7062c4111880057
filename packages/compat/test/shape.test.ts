import { writeFileSync } from 'node:fs'
import { CacheError, manualClock } from '@cachette/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LevelCacheOptions, openCache } from '../src/level-cache.js'
import { PlainCache } from './plain-cache.js'
import { all, paths } from './support.js'

const newPath = paths()
const START = 2_000_000_000_000
const OVER = ['level', 'lmdb'] as const

test.each(OVER)('the verbs, over %s', async (over) => {
  const cache = openCache<unknown>({ path: newPath(), namespace: 'root', over })
  // As programs take them: without `this`.
  const { get, has, set, del, batch, entries, close } = await cache
  expect([await get('a'), await has('a')]).toEqual([undefined, false])
  await set('a', { b: [1, null] })
  expect([await get('a'), await has('a')]).toEqual([{ b: [1, null] }, true])
  await set('a', null)
  expect([await get('a'), await has('a')]).toEqual([null, true])
  await del('a')
  await del('a')
  expect(await has('a')).toBe(false)
  await batch([])
  await batch([
    { type: 'put', key: 'b', value: 1 },
    { type: 'put', key: 'c', value: 2, ttlMs: 60_000 },
    { type: 'put', key: 'b', value: 3 },
    { type: 'put', key: 'd', value: 4 },
    { type: 'del', key: 'd' },
  ])
  expect(await all(entries())).toEqual([
    ['b', 3],
    ['c', 2],
  ])
  expect(await all(entries({ limit: 1 }))).toEqual([['b', 3]])
  expect(await all(entries({ limit: 0 }))).toEqual([])
  expect(await all(entries({ limit: -1 }))).toHaveLength(2)
  expect(await all(entries({ namespace: 'other' }))).toEqual([])
  await close()
  await close()
  await expect(get('a')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('it is awaited or used at once, and what is wrong is told either way', async () => {
  const path = newPath()
  const cache = openCache<number>({ path })
  await cache.set('a', 1)
  expect(await (await cache).get('a')).toBe(1)
  expect(await openCache<number>({ path }).then(({ get }) => get('a'))).toBe(1)
  const file = newPath()
  writeFileSync(file, 'a file where a folder should be')
  const wrong = openCache({ path: file })
  await expect(wrong).rejects.toBeInstanceOf(CacheError)
  await expect(wrong.get('a')).rejects.toBeInstanceOf(CacheError)
  await cache.close()
})

test.each(OVER)('namespaces are joined, and keep apart, over %s', async (over) => {
  const path = newPath()
  const cache = openCache<number>({ path, namespace: 'root', over })
  const child = cache.withNamespace('a')
  const grandchild = child.withNamespace('b')
  await Promise.all([cache.set('k', 1), child.set('k', 2), grandchild.set('k', 3), child.withNamespace('').set('x', 4)])
  expect([await cache.get('k'), await child.get('k'), await grandchild.get('k')]).toEqual([1, 2, 3])
  expect(await all(child.entries())).toEqual([
    ['k', 2],
    ['x', 4],
  ])
  expect(await all(cache.entries({ namespace: 'root/a/b' }))).toEqual([['k', 3]])
  await child.close()
  const whole = openCache<number>({ path, over })
  expect(await all(whole.entries())).toEqual([
    ['root/a/b␟k', 3],
    ['root/a␟k', 2],
    ['root/a␟x', 4],
    ['root␟k', 1],
  ])
  expect(await whole.withNamespace('root').withNamespace('a').get('k')).toBe(2)
  expect((await whole.getStats()).namespaces).toEqual(['root/a/b', 'root/a', 'root'])
  await whole.close()
})

test.each(OVER)('any lifetime, sweeps and counts, over %s', async (over) => {
  const clock = manualClock(START)
  const cache = openCache<number>({
    path: newPath(),
    namespace: 'n',
    defaultTtlMs: 100,
    cleanupIntervalMs: 0,
    clock,
    over,
  })
  await cache.set('default', 1)
  await cache.set('short', 1, { ttlMs: 1.5 })
  await cache.set('gone', 1)
  for (const ttlMs of [0, -5, -Infinity]) {
    await cache.set('gone', 2, { ttlMs })
    expect(await cache.get('gone')).toBeUndefined()
  }
  await cache.set('ever', 1, { ttlMs: Infinity })
  await cache.set('ever too', 1, { ttlMs: Number.NaN })
  await cache.withNamespace('other').set('short', 1, { ttlMs: 1 })
  expect(await cache.get('short')).toBe(1)
  clock.advance(2)
  expect(await cache.get('short')).toBeUndefined()
  expect(await cache.getStats()).toEqual({
    totalEntries: 4,
    expiredEntries: 1,
    namespaces: ['n'],
    hitRate: 0.2,
    hits: 1,
    misses: 4,
  })
  expect(await cache.sweepExpired()).toBe(2)
  expect(await cache.sweepExpired()).toBe(0)
  clock.advance(1e15)
  expect((await all(cache.entries())).map(([key]) => key)).toEqual(['ever', 'ever too'])
  await cache.close()
})

test('JSON drops what it cannot carry, and refuses what it refuses', async () => {
  const cache = openCache<unknown>({ path: newPath() })
  class Money {
    readonly cents = 5
    toJSON(): string {
      return '0.05'
    }
  }
  await cache.set('a', {
    date: new Date(0),
    nothing: undefined,
    run: () => 1,
    none: Number.NaN,
    map: new Map([[1, 2]]),
  })
  expect(await cache.get('a')).toEqual({ date: '1970-01-01T00:00:00.000Z', none: null, map: {} })
  await cache.set('b', new Money())
  expect(await cache.get('b')).toBe('0.05')
  for (const value of [undefined, () => 1, Symbol('x')]) {
    await cache.set('b', 1)
    await cache.set('b', value)
    expect([await cache.get('b'), await cache.has('b')]).toEqual([undefined, false])
  }
  await expect(cache.set('c', 1n)).rejects.toThrow(TypeError)
  const circle: { self?: unknown } = {}
  circle.self = circle
  await expect(
    cache.batch([
      { type: 'put', key: 'd', value: 1 },
      { type: 'put', key: 'e', value: circle },
    ]),
  ).rejects.toThrow(TypeError)
  expect(await cache.has('d')).toBe(false)
  await cache.close()
})

test('what is stored is what was given at the call, in the order of the calls, also while it is being opened', async () => {
  const cache = openCache<unknown>({ path: newPath() })
  const value = { a: 1 }
  const writes = [cache.set('k', value), cache.get('k'), cache.set('k', 2), cache.get('k')]
  value.a = 99
  expect(await Promise.all(writes)).toEqual([undefined, { a: 1 }, undefined, 2])
  await cache.close()
})

test.each(OVER)('keys of any length and any characters, over %s', async (over) => {
  const cache = openCache<string>({ path: newPath(), namespace: 'n/m', over })
  const keys = [
    '',
    'a',
    'A',
    '␟',
    'a␟b',
    'é'.repeat(900),
    'x'.repeat(5_000),
    `${'x'.repeat(5_000)}y`,
    '\u{10ffff}',
    '😀',
    '\0',
  ]
  for (const key of keys) await cache.set(key, `of ${key.length} ${key.slice(-1)}`)
  for (const key of keys) expect(await cache.get(key)).toBe(`of ${key.length} ${key.slice(-1)}`)
  expect(new Set((await all(cache.entries())).map(([key]) => key))).toEqual(new Set(keys))
  // As UTF-8 has them, ill-formed texts are one.
  await cache.set('\ud800', 'lone')
  expect(await cache.get('\udfff')).toBe('lone')
  for (const key of keys) await cache.del(key)
  expect(await all(cache.entries())).toHaveLength(1)
  await cache.close()
})

test.each(OVER)('as many entries as there may be, over %s', async (over) => {
  const cache = openCache<number>({ path: newPath(), maxEntries: 10, over })
  for (let index = 0; index < 100; index += 1) await cache.set(`k${index}`, index)
  expect((await all(cache.entries())).length).toBeLessThanOrEqual(10)
  expect(await cache.get('k99')).toBe(99)
  await cache.close()
})

test.each<[object, string]>([
  [{}, 'expected path to be a non-empty string'],
  [{ path: 'x', maxEntry: 1 }, 'did you mean "maxEntries"?'],
  [{ path: 'x', maxEntries: 0 }, 'expected maxEntries'],
  [{ path: 'x', over: 'redis' }, "'level' or 'lmdb'"],
  [{ path: 'x', namespace: 'n'.repeat(400) }, 'a namespace of less than 400 characters'],
])('options that cannot be are refused: %o', (options, message) => {
  expect(() => openCache(options as LevelCacheOptions)).toThrow(message)
})

test('it does what the same on plain level does', async () => {
  const keys = fc.constantFrom('a', 'b', 'c/d', '')
  const ttlMs = fc.constantFrom(undefined, undefined, -1, 0, 1, 5, 1e12)
  const values = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, new Date(5), { a: undefined }))
  const put = fc.record({ type: fc.constant('put' as const), key: keys, value: values, ttlMs })
  const operation = fc.oneof(put, fc.record({ type: fc.constant('del' as const), key: keys }))
  const step = fc.oneof(
    fc.record({ do: fc.constant('get' as const), key: keys, in: fc.nat(2) }),
    fc.record({ do: fc.constant('batch' as const), batch: fc.array(operation, { maxLength: 4 }), in: fc.nat(2) }),
    fc.record({ do: fc.constant('one' as const), one: operation, in: fc.nat(2) }),
    fc.record({ do: fc.constant('entries' as const), in: fc.nat(2) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3), in: fc.constant(0) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OVER), fc.array(step, { maxLength: 20 }), async (over, steps) => {
      const clock = manualClock(START)
      const plain = PlainCache.open(newPath(), 'n', () => clock.now())
      const ours = openCache<unknown>({ path: newPath(), namespace: 'n', over, clock })
      const views = (root: PlainCache | typeof ours) => [
        root,
        root.withNamespace('m'),
        root.withNamespace('m').withNamespace('l'),
      ]
      const answers = async (root: PlainCache | typeof ours): Promise<unknown> => {
        const cache = views(root)[current.in] ?? root
        switch (current.do) {
          case 'get':
            return [await cache.get(current.key), await cache.has(current.key)]
          case 'batch':
            return cache.batch(current.batch)
          case 'one':
            if (current.one.type === 'del') return cache.del(current.one.key)
            return cache.set(current.one.key, current.one.value, { ttlMs: current.one.ttlMs })
          case 'entries':
            return all<unknown>(cache.entries())
          case 'wait':
            return undefined
        }
      }
      let current = steps[0] ?? { do: 'entries', in: 0 }
      for (const next of steps) {
        current = next
        if (next.do === 'wait') clock.advance(next.ms)
        expect(await answers(ours)).toEqual(await answers(plain))
      }
      await Promise.all([plain.close(), ours.close()])
    }),
    { numRuns: 40 },
  )
}, 60_000)
