import { describe, expect, it, vi } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import { json } from '../../src/json.js'
import type { AnyLayer } from '../../src/layer.js'
import { values } from '../../src/values.js'
import { heard, mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { stateOf, turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { expectCode, rejectionOf } from '../support/failures.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const owned = (): AnyLayer => ({ ...around({ name: 'owned', around: (_, proceed) => proceed() }), state: 'own' })

describe('close', () => {
  it('twice is close once, however it is asked for', async () => {
    const { cache, store } = mapped<number>()
    const closes = heard(cache, 'close')
    await Promise.all([cache.close(), cache.close(), cache[Symbol.asyncDispose]()])
    await cache.close()
    expect(store.closed).toBe(1)
    expect(closes).toEqual([{ name: 'test' }])
  })

  it('makes every verb fail with CLOSED, by its own handle and its namespaces', async () => {
    const { cache, store } = mapped<number>()
    await cache.close()
    const verbs = (one: Cache<number>): Promise<unknown>[] => [
      one.get('k'),
      one.set('k', 1),
      one.add('k', 1),
      one.delete('k'),
      one.take('k'),
      one.has('k'),
      one.getMany(['k']),
      one.setMany([['k', 1]]),
      one.deleteMany(['k']),
      one.getOrSet('k', () => 1),
      one.getOrSetMany(['k'], () => new Map()),
      one.wrap(() => 1, { key: () => 'k' })(),
      one.update('k', () => 1),
      one.increment('k'),
      one.touch('k'),
      one.clear(),
      one.lookup('k'),
    ]
    for (const call of [...verbs(cache), ...verbs(cache.namespace('n'))]) {
      expect((await rejectionOf(call)).code).toBe('CLOSED')
    }
    expect(store.calls).toEqual(['close'])
  })

  it('waits for what was called before, and keeps it', async () => {
    const { cache, store } = processOf<number>()
    store.held = true
    const calls = [cache.set('k', 1), cache.increment('k')]
    const closing = cache.close()
    await turns()
    expect(await stateOf(closing)).toBe('pending')
    await store.settleAll()
    expect(await Promise.all(calls)).toEqual([undefined, 2])
    await store.settleAll()
    await closing
    expect(store.entries.texts).toEqual({ k: '2' })
    expect(store.closed).toBe(1)
  })

  it('settles in time though the store hangs', async () => {
    const { cache, store, clock } = processOf<number>()
    store.held = true
    const got = rejectionOf(cache.get('k'))
    const closing = rejectionOf(cache.close())
    await turns()
    for (let seconds = 0; seconds < 20; seconds += 1) {
      clock.advance(1_000)
      await turns()
    }
    expect((await got).code).toBe('TIMEOUT')
    expect((await closing).code).toBe('TIMEOUT')
    expect((await rejectionOf(cache.get('k'))).code).toBe('CLOSED')
    await store.settleAll()
  })

  it('fails when the store does, and is over all the same: layers are free, and nobody listens', async () => {
    const store = new TestStore<number>()
    const layer = owned()
    const cache = createCache<number>({ store, use: [layer] })
    const closes = heard(cache, 'close')
    store.failure = new Error('cannot be closed')
    await expect(cache.close()).rejects.toMatchObject({ code: 'BACKEND' })
    expect(closes).toHaveLength(1)
    await createCache<number>({ store: new TestStore<number>(), use: [layer] }).close()
  })

  it('lets the process go: no timer is left', async () => {
    const { cache, clock } = processOf<number>()
    await cache.getOrSet('k', () => 1)
    await cache.set('k', 2)
    await turns()
    expect(clock.pending).toBe(0)
    await cache.close()
    expect(clock.pending).toBe(0)
  })
})

describe('a store of several caches', () => {
  it('is closed with the last of them, with layers or without', async () => {
    const store = new Client()
    const use = [around({ name: 'plain', around: (_, proceed) => proceed() })]
    const caches = [createCache<number>({ store }), createCache<number>({ store, use }), createCache<number>({ store })]
    for (const [index, cache] of caches.entries()) {
      await cache.set('k', index)
      await cache.close()
      expect((await rejectionOf(cache.get('k'))).code).toBe('CLOSED')
      expect(store.closed).toBe(index === 2 ? 1 : 0)
    }
    const late = createCache<number>({ store })
    expect((await rejectionOf(late.get('k'))).code).toBe('CLOSED')
  })

  it('keeps order and truth between them', async () => {
    const store = new Client()
    const [one, other] = [createCache<number>({ store }), createCache<number>({ store })]
    const calls = [one.set('k', 1), other.get('k'), other.delete('k'), one.add('k', 2), other.increment('k')]
    expect(await Promise.all(calls)).toEqual([undefined, 1, true, true, 3])
    await one.close()
    expect(await other.get('k')).toBe(3)
    await other.close()
  })
})

describe('a layer with a state of its own', () => {
  it('stands in one cache at a time, and in one place', async () => {
    const layer = owned()
    const cache = createCache({ store: new TestStore(), use: [layer], name: 'users' })
    expectCode(
      () => createCache({ store: new TestStore(), use: [layer] }),
      'INVALID_OPTION',
      /owned has a state and already stands in users/,
    )
    await cache.close()
    await createCache({ store: new TestStore(), use: [layer] }).close()
    expectCode(
      () => createCache({ store: new TestStore(), use: [layer, layer] }),
      'INVALID_OPTION',
      /already stands in/,
    )
  })

  it('does so behind the codec too', async () => {
    const layer = values({ name: 'keyed', state: 'own', encode: () => undefined, decode: (value) => value })
    const options = () => ({ store: new Client(), encode: [json(), layer] as const })
    const cache = createCache(options())
    expectCode(() => createCache(options()), 'INVALID_OPTION', /keyed has a state/)
    await cache.close()
    await createCache(options()).close()
  })

  it('may serve several where it says so', () => {
    const layer: AnyLayer = { ...owned(), state: 'shared' }
    for (let caches = 0; caches < 2; caches += 1) createCache({ store: new TestStore(), use: [layer] })
  })
})

describe('values by reference', () => {
  it('are weighed where that is asked for', async () => {
    const store = new TestStore<string>({ maxValueBytes: 5 })
    const weigh = vi.fn((value: string) => value.length)
    const cache = createCache<string>({ store, weigh, clock: manualClock(NOW) })
    await cache.set('k', 'abc')
    expect(store.entries.get('k')?.size).toBe(3)
    expect((await rejectionOf(cache.set('l', 'abcdef'))).code).toBe('TOO_LARGE')
    expect(await cache.getOrSet('m', () => 'abcdef')).toBe('abcdef')
    await turns()
    expect([...store.entries.keys()]).toEqual(['k'])
  })

  it('may be bytes through a codec, in a store that takes anything', async () => {
    const store = new TestStore()
    const cache = createCache<{ n: number }>({ store, encode: [json()], clock: manualClock(NOW) })
    await cache.set('k', { n: 1 })
    expect(store.entries.get('k')?.value).toBeInstanceOf(Uint8Array)
    expect(await cache.get('k')).toEqual({ n: 1 })
  })
})
