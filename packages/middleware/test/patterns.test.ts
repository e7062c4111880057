import { memory } from '@cachette/adapter-memory'
import { createCache, type Store } from '@cachette/core'
import { hooks } from '@cachette/middleware/hooks'
import { patterns } from '@cachette/middleware/patterns'
import { describe, expect, test } from 'vitest'

function open(store = memory({ copies: true }), layer = patterns()) {
  return { cache: createCache<string>({ store, use: [layer] }), layer, store }
}

async function keysOf(cache: { keys(): AsyncIterable<string> }): Promise<readonly string[]> {
  const keys: string[] = []
  for await (const key of cache.keys()) keys.push(key)
  return keys.sort()
}

describe('An invalidation by the names of keys', () => {
  test('removes what begins so, taken literally, in its namespace alone', async () => {
    const { cache, layer } = open()
    for (const key of ['user', 'user:1', 'user:*', 'use', 'User:1']) await cache.set(key, key)
    await cache.namespace('user').set('a', 'nested')
    await cache.namespace('other').set('user:1', 'other')
    await layer.invalidatePrefix('user:*')
    expect(await keysOf(cache)).toEqual(['User:1', 'use', 'user', 'user:1'])
    await layer.invalidatePrefix('user')
    expect(await keysOf(cache)).toEqual(['User:1', 'use'])
    expect(await cache.namespace('user').get('a')).toBe('nested')
    await layer.invalidatePrefix('user', { namespace: ['other'] })
    expect(await keysOf(cache.namespace('other'))).toEqual([])
  })

  test('or matches a pattern, and tells of it', async () => {
    const { cache, layer } = open()
    const told: string[] = []
    cache.on('invalidate', ({ what }) => told.push(what))
    for (const key of ['user:1:cart', 'user:12:cart', 'user:1:name', 'x.user:1:cart']) await cache.set(key, key)
    await layer.invalidatePattern('user:?:cart')
    expect(await keysOf(cache)).toEqual(['user:12:cart', 'user:1:name', 'x.user:1:cart'])
    await layer.invalidatePattern('*:cart')
    expect(await keysOf(cache)).toEqual(['user:1:name'])
    expect(told).toEqual(['pattern user:?:cart', 'pattern *:cart'])
    await cache.setMany([
      ['a*', '1'],
      ['ab', '2'],
    ])
    await layer.invalidatePattern('a\\*')
    expect(await keysOf(cache)).toEqual(['ab', 'user:1:name'])
  })

  test('voids the loads under way of such keys, also those of another cache of the store', async () => {
    const { cache, layer, store } = open()
    const other = open(store).cache
    let release = (): void => undefined
    const held = new Promise<string>((resolve) => {
      release = () => resolve('before')
    })
    const loads = [cache.getOrSet('user:1', () => held), other.getOrSet('user:2', () => held)]
    const kept = cache.getOrSet('item:1', () => held)
    await layer.invalidatePattern('user:*')
    expect(await cache.getOrSet('user:1', () => 'after')).toBe('after')
    release()
    expect(await Promise.all([...loads, kept])).toEqual(['before', 'before', 'before'])
    while ((await cache.get('item:1')) === undefined) await new Promise(setImmediate)
    expect(await cache.getMany(['user:1', 'user:2'])).toEqual(['after', undefined])
  })

  test('may be vetoed or widened by hooks', async () => {
    const watch = hooks({ before: ({ by, targets }) => (by === 'prefix' ? false : [...targets, 'b*']) })
    const { cache, layer } = open(memory({ copies: true }), patterns({ hooks: watch }))
    await cache.setMany([
      ['a1', '1'],
      ['b1', '2'],
      ['c1', '3'],
    ])
    await expect(layer.invalidatePrefix('a')).rejects.toMatchObject({ code: 'REJECTED' })
    await layer.invalidatePattern('a?')
    expect(await keysOf(cache)).toEqual(['c1'])
  })

  test('is refused where it cannot be', async () => {
    const { layer, cache } = open()
    const own = memory({ copies: true })
    const blind = { ...bare(own), traits: { ...own.traits, scan: 'none' } } satisfies Store
    const { layer: unlisted } = { layer: patterns() }
    createCache({ store: blind, use: [unlisted] })
    await expect(unlisted.invalidatePrefix('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    await expect(layer.invalidatePrefix('')).rejects.toThrow('clear() removes all')
    await expect(layer.invalidatePattern('a', { namespace: [''] })).rejects.toThrow('namespace')
    await expect(patterns().invalidatePrefix('a')).rejects.toThrow('stands in no cache')
    await expect(layer.invalidatePrefix('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    // @ts-expect-error: there is no such option
    expect(() => patterns({ deadline: 1 })).toThrow('did you mean "deadlineMs"')
    await cache.close()
    await expect(layer.invalidatePrefix('a')).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

function bare(store: Store): Omit<Store, 'traits'> {
  return {
    name: store.name,
    contract: 1,
    read: (keys, call) => store.read(keys, call),
    write: (changes, call) => store.write(changes, call),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => store.clear(prefix, call),
    close: () => store.close(),
  }
}
