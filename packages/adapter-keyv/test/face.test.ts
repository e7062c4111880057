import { memory } from '@cachette/adapter-memory'
import { CacheError, createCache, manualClock } from '@cachette/core'
import { Keyv as Keyv5, type KeyvStoreAdapter } from 'keyv'
import { Keyv as Keyv6 } from 'keyv6'
import { expect, expectTypeOf, test } from 'vitest'
import { asKeyv, type KeyvFace, keyv } from '../src/index.js'
import { JsonStore } from './stores.js'

const bytes = () => createCache({ store: memory({ copies: true }) })

test('it is a store by the types of Keyv', () => {
  expectTypeOf<KeyvFace>().toExtend<KeyvStoreAdapter>()
  const typed = createCache<{ readonly name: string }>({ store: memory() })
  expect(asKeyv(typed).opts).toBeDefined()
})

/** What both versions have. */
interface Both {
  get(key: string): Promise<unknown>
  getMany(keys: string[]): Promise<unknown[]>
  set(key: string, value: unknown, ttl?: number): Promise<boolean>
  setMany(entries: { key: string; value: unknown; ttl?: number }[]): Promise<boolean[]>
  has(key: string): Promise<boolean>
  delete(key: string): Promise<boolean>
  deleteMany(keys: string[]): Promise<boolean | boolean[]>
  clear(): Promise<void>
  iterator?(argument: unknown): AsyncGenerator<[string, unknown], void>
}

const BOTH: readonly (readonly [name: string, make: () => Both])[] = [
  ['5, in text', () => new Keyv5({ store: asKeyv(bytes()) })],
  ['5, as it is', () => plain(new Keyv5({ store: asKeyv(bytes()) }))],
  ['6, in text', () => new Keyv6({ store: asKeyv(bytes()) })],
  ['6, as it is', () => new Keyv6({ store: asKeyv(bytes()), serialization: false })],
]

test.each(BOTH)('values and lifetimes, with Keyv %s', async (_, make) => {
  const one = make()
  const values = [0, '', null, false, { deep: [1, { a: 'b' }] }, 'text']
  for (const value of values) {
    expect(await one.set('a', value)).toBe(true)
    expect(await one.get('a')).toEqual(value)
    expect(await one.has('a')).toBe(true)
  }
  expect(await one.set('none', undefined)).toBe(true)
  expect(await one.get('none')).toBeUndefined()
  expect(await one.set('long', 1, 86_400_000)).toBe(true)
  expect(
    await one.setMany([
      { key: 'b', value: 1 },
      { key: 'c', value: 2, ttl: 60_000 },
    ]),
  ).toEqual([true, true])
  expect(await one.getMany(['a', 'b', 'c', 'd'])).toEqual(['text', 1, 2, undefined])
  expect(await one.delete('b')).toBe(true)
  expect(await one.delete('b')).toBe(false)
  expect(await one.deleteMany(['c', 'd'])).toEqual(one instanceof Keyv5 ? false : [true, false])
  const keys: string[] = []
  for await (const [key] of one.iterator?.({}) ?? []) keys.push(String(key))
  expect(keys.sort()).toEqual(['a', 'long', 'none'])
  await one.clear()
  expect(await one.get('a')).toBeUndefined()
})

function plain(one: Keyv5): Keyv5 {
  one.serialize = undefined
  one.deserialize = undefined
  return one
}

test.each(BOTH)('keys of any length and any characters, with Keyv %s', async (_, make) => {
  const one = make()
  const keys = [
    'a',
    'x'.repeat(513),
    `https://example.org/${'x'.repeat(5_000)}`,
    'é'.repeat(400),
    'a\u241fb',
    '\ud800',
    '\udfff',
    '\u{10ffff}',
  ]
  for (const key of keys) expect(await one.set(key, `of ${key}`)).toBe(true)
  expect(await one.getMany(keys)).toEqual(keys.map((key) => `of ${key}`))
  const found: string[] = []
  for await (const [key, value] of one.iterator?.({}) ?? []) {
    found.push(key)
    expect(value).toBe(`of ${key}`)
  }
  expect(new Set(found)).toEqual(new Set(keys))
  for (const key of keys)
    expect([await one.has(key), await one.delete(key), await one.has(key)]).toEqual([true, true, false])
})

test('a lifetime is milliseconds, none is the one of the cache, and one that is over removes', async () => {
  const clock = manualClock(1_000)
  const cache = createCache({ store: memory({ clock }), clock, ttlMs: 50 })
  const face = asKeyv(cache)
  await face.set('a', 'x', 10)
  await face.set('b', 'x')
  await face.set('c', 'x', Number.NaN)
  expect(
    await face.setMany([
      { key: 'd', value: 'x', ttl: 10 },
      { key: 'e', value: 'x' },
    ]),
  ).toEqual([true, true])
  clock.advance(10)
  expect(await face.getMany(['a', 'b', 'c', 'd', 'e'])).toEqual([undefined, 'x', 'x', undefined, 'x'])
  expect(await face.set('b', 'y', 0)).toBe(true)
  expect(await face.has('b')).toBe(false)
  expect(
    await face.setMany([
      { key: 'c', value: 'y', ttl: -1 },
      { key: 'f', value: 'y' },
    ]),
  ).toEqual([true, true])
  expect(await face.getMany(['c', 'f'])).toEqual([undefined, 'y'])
  clock.advance(50)
  expect(await face.getMany(['e', 'f'])).toEqual([undefined, undefined])
  await face.disconnect()
  await expect(face.get('a')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('each Keyv clears what is its own, also where nothing can be listed', async () => {
  const cache = createCache({ store: keyv({ store: new JsonStore() }) })
  const make = (namespace: string) => new Keyv5({ store: asKeyv(cache), namespace, throwOnErrors: true })
  const [users, other] = [make('users'), make('users:archive')]
  await users.set('a', 1)
  await other.set('a', 2)
  await cache.set('users:a', 'not by Keyv')
  await users.clear()
  expect([await users.get('a'), await other.get('a'), await cache.get('users:a')]).toEqual([
    undefined,
    2,
    'not by Keyv',
  ])
  expect('iterator' in asKeyv(cache)).toBe(false)
})

test('two of Keyv 5 on one store find each what is its own, and neither clears', async () => {
  const face = asKeyv(bytes())
  const make = (namespace: string) => new Keyv5({ store: face, namespace, throwOnErrors: true })
  const one = make('one')
  await one.set('a', 1)
  const two = make('two')
  await two.set('a', 2)
  expect([await one.get('a'), await two.get('a')]).toEqual([1, 2])
  expect(await face.getMany(['one:a', 'two:a'])).toHaveLength(2)
  two.on('error', () => undefined)
  await expect(two.clear()).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  expect([await one.get('a'), await two.get('a')]).toEqual([1, 2])
})

test('two of Keyv 6 on one store share nothing', async () => {
  const face = asKeyv(bytes())
  const [one, two] = ['one', 'two'].map((namespace) => new Keyv6({ store: face, namespace }))
  await one?.set('a', 1)
  await two?.set('a', 2)
  await two?.clear()
  expect([await one?.get('a'), await two?.get('a')]).toEqual([1, undefined])
})

test('a Keyv that is moved to another namespace clears that one', async () => {
  const cache = bytes()
  const one = new Keyv5({ store: asKeyv(cache), throwOnErrors: true })
  one.namespace = 'mine'
  await one.set('a', 1)
  await one.clear()
  expect(await one.get('a')).toBeUndefined()
  one.namespace = ''
  await one.set('b', 1)
  expect(await cache.has('b')).toBe(true)
  expect(() => (asKeyv(cache).namespace = '\u241f')).toThrow('INVALID_KEY')
})

test('failures are those of the cache, and what fails unasked is told as an error', async () => {
  const store = keyv({
    store: {
      get: () => {
        throw new Error('down')
      },
      set: () => false,
      delete: () => false,
    },
  })
  const face = asKeyv(createCache({ store }))
  await expect(face.get('a')).rejects.toBeInstanceOf(CacheError)
  await expect(face.set('a', 1)).rejects.toMatchObject({ code: 'BACKEND' })
  const told: unknown[] = []
  // A damaged entry that cannot be reclaimed.
  class Stuck extends Map<string, unknown> {
    override delete(): boolean {
      throw new Error('no')
    }
  }
  const stuck = new Stuck([['cachette:a', 'damage']])
  const other = asKeyv(createCache({ store: keyv({ store: stuck }) })).on('error', (error) => told.push(error))
  other.on('anything', () => told.push('never'))
  const isTold = new Promise((resolve) => other.on('error', resolve))
  expect(await other.get('a')).toBeUndefined()
  await isTold
  expect(told).toEqual([expect.objectContaining({ code: 'BACKEND' })])
})

test.each([[undefined], [new Map()], [memory()]])('what is no cache is refused at once: %#', (given) => {
  expect(() => asKeyv(given as never)).toThrow(/asKeyv: expected cache to be what createCache\(\) gave, got/)
})
