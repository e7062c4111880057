import { memory } from '@cachette/adapter-memory'
import { createCache, newCall, type Store } from '@cachette/core'
import { hooks } from '@cachette/middleware/hooks'
import { type SchemaVersion, versioned } from '@cachette/middleware/versioned'
import { describe, expect, test } from 'vitest'

function open(store: Store, version: SchemaVersion, extra: { readonly hooks?: ReturnType<typeof hooks> } = {}) {
  const layer = versioned({ version, ...extra })
  return { cache: createCache<string>({ store, use: [layer] }), layer }
}

async function stored(store: Store): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const page of store.scan('', newCall(Date.now(), { show: 'all' }))) keys.push(...page.map(([key]) => key))
  return keys.sort()
}

describe('An entry of another version', () => {
  test('is absent to every verb', async () => {
    const store = memory({ copies: true })
    const [old, current] = [open(store, 1).cache, open(store, 2).cache]
    await old.set('a', 'old')
    expect(await current.lookup('a')).toMatchObject({ outcome: 'miss' })
    await old.set('a', 'old')
    expect([await current.has('a'), await current.delete('a'), await current.take('a')]).toEqual([
      false,
      false,
      undefined,
    ])
    await old.set('a', 'old')
    expect(await current.add('a', 'new')).toBe(true)
    expect(await old.get('a')).toBeUndefined()
    expect(await current.get('a')).toBe('new')
    expect(await old.getOrSet('a', () => 'old')).toBe('old')
    for await (const key of current.keys()) expect(key).toBe('none')
  })

  test('is reclaimed where it is older, and kept where it is newer', async () => {
    const store = memory({ copies: true })
    const [old, current] = [open(store, 1).cache, open(store, 2).cache]
    await createCache<string>({ store }).set('unversioned', 'x')
    await old.setMany([
      ['a', 'old'],
      ['b', 'old'],
    ])
    await current.set('c', 'new')
    expect(await current.getMany(['a', 'unversioned'])).toEqual([undefined, undefined])
    expect(await stored(store)).toEqual(['b', 'c'])
    expect(await old.get('c')).toBeUndefined()
    for await (const key of old.keys()) expect(key).toBe('b')
    expect(await stored(store)).toEqual(['b', 'c'])
  })

  test('is reclaimed by hand, all of them at once', async () => {
    const store = memory({ copies: true })
    const [old, next] = [open(store, 1), open(store, 2)]
    const many = Array.from({ length: 50 }, (_, index) => `${index}`)
    await old.cache.setMany(many.map((key) => [key, key]))
    await next.cache.set('current', 'x')
    expect(await old.layer.reclaim()).toBe(0)
    expect(await next.layer.reclaim()).toBe(50)
    expect(await stored(store)).toEqual(['current'])
    await expect(next.layer.reclaim({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

test('Each namespace may have a version of its own', async () => {
  const store = memory({ copies: true })
  const first = open(store, () => 1).cache
  const second = open(store, ([outer, inner]) => (outer === 'users' ? (inner === 'admins' ? 3 : 2) : 1)).cache
  for (const cache of [first, first.namespace('users'), first.namespace('users').namespace('admins')])
    await cache.set('a', 'first')
  expect(await second.get('a')).toBe('first')
  expect(await second.namespace('users').get('a')).toBeUndefined()
  expect(await second.namespace('users').namespace('admins').get('a')).toBeUndefined()
  await expect(open(store, () => 0).cache.get('a')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

describe('An upgrade', () => {
  test('hides what was written until then, voids loads under way, and is told', async () => {
    const { cache, layer } = open(memory({ copies: true }), 1)
    const told: string[] = []
    cache.on('invalidate', ({ what }) => told.push(what))
    await cache.set('a', 'old')
    let release = (): void => undefined
    const held = new Promise<string>((resolve) => {
      release = () => resolve('old')
    })
    const load = cache.getOrSet('b', () => held)
    await layer.upgrade(2)
    expect(await cache.getOrSet('b', () => 'new')).toBe('new')
    release()
    expect(await load).toBe('old')
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 'new'])
    expect(told).toEqual(['version 2'])
  })

  test('may be vetoed, and must be one', async () => {
    const { cache, layer } = open(memory({ copies: true }), 1, { hooks: hooks({ before: () => false }) })
    await cache.set('a', 'kept')
    await expect(layer.upgrade(2)).rejects.toMatchObject({ code: 'REJECTED' })
    expect(await cache.get('a')).toBe('kept')
    await expect(layer.upgrade(0)).rejects.toThrow('positive whole number')
    expect(() => versioned({ version: 1.5 })).toThrow('positive whole number')
    // @ts-expect-error: a version is needed
    expect(() => versioned({})).toThrow('version')
    await expect(versioned({ version: 1 }).reclaim()).rejects.toThrow('stands in no cache')
  })
})

test('Ready answers stay ready', () => {
  const { cache } = open(memory({ copies: true }), 2)
  cache.sync.set('a', 'x')
  expect(cache.sync.get('a')).toBe('x')
})
