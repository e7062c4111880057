import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import type { Bytes } from '../../src/contract.js'
import { json } from '../../src/json.js'
import { values } from '../../src/values.js'
import { heard, mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { expectCode } from '../support/failures.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const DAY = 24 * 60 * 60 * 1_000

describe('a lifetime', () => {
  it.each([1, 0.5, 30 * DAY, 50 * 365 * DAY])('of %d ms is kept to the millisecond', async (ttlMs) => {
    for (const { cache, clock } of [mapped<number>(), processOf<number>()]) {
      await cache.set('k', 1, { ttlMs })
      clock.advance(Math.ceil(ttlMs) - 1)
      expect(await cache.get('k')).toBe(1)
      clock.advance(1)
      expect(await cache.get('k')).toBeUndefined()
      expect(await cache.has('k')).toBe(false)
      expect(await cache.add('k', 2)).toBe(true)
      expect(await cache.lookup('k')).toMatchObject({ expiresInMs: Infinity })
    }
  })

  it('is the cache’s unless the call has one, and that of a namespace before the cache’s', async () => {
    const store = new TestStore<number>()
    const cache = createCache<number>({ store, ttlMs: 1_000, freshMs: 500, graceMs: 100, clock: manualClock(NOW) })
    const inner = cache.namespace('n', { ttlMs: 200 }).namespace('m')
    await Promise.all([cache.set('k', 1), cache.set('l', 1, { ttlMs: 300 }), inner.set('k', 1)])
    const times = [...store.entries.values()].map(({ staleAt, expiresAt, keptUntil }) =>
      [staleAt, expiresAt, keptUntil].map((time) => time - NOW),
    )
    expect(times).toEqual([
      [500, 1_000, 1_100],
      [300, 300, 400],
      [200, 200, 300],
    ])
  })

  it('is refused where it is no positive number, wherever it is given', async () => {
    const { cache, store } = mapped<number>()
    for (const ttlMs of [0, -1, Number.NaN, '5' as unknown as number, null as unknown as number]) {
      expectCode(() => cache.sync.set('k', 1, { ttlMs }), 'INVALID_OPTION', /ttlMs to be a positive number/)
      expectCode(() => cache.sync.setMany([['k', 1, { ttlMs }]]), 'INVALID_OPTION', /ttlMs/)
      expectCode(() => cache.namespace('n', { ttlMs }), 'INVALID_OPTION', /ttlMs/)
      expectCode(() => createCache({ store, ttlMs, clock: manualClock() }), 'INVALID_OPTION', /ttlMs/)
    }
    expectCode(() => cache.sync.set('k', 1, { graceMs: -1 }), 'INVALID_OPTION', /graceMs to be zero or more/)
    expectCode(
      () => cache.sync.set('k', 1, { ttlMs: 10, freshMs: 11 }),
      'INVALID_OPTION',
      /freshMs to be at most ttlMs/,
    )
    expect(store.calls).toEqual([])
  })
})

describe('what is stale', () => {
  it('is there for every verb until it expires', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 100, freshMs: 10 })
    clock.advance(99)
    expect(await cache.get('k')).toBe(1)
    expect(await cache.has('k')).toBe(true)
    expect(await cache.add('k', 2)).toBe(false)
    expect(await cache.update('k', (value) => (value ?? 0) + 1)).toBe(2)
    expect(await cache.take('k')).toBe(2)
  })
})

describe('a sliding lifetime', () => {
  const LIFETIMES = { ttlMs: 100, freshMs: 80, sliding: true }

  it('begins anew with each read while fresh, by whatever verb', async () => {
    const { cache, clock, store } = mapped<number>()
    const reads = [
      () => cache.get('k'),
      () => cache.getMany(['k']),
      () => cache.getOrSet('k', () => 2),
      () => cache.sync.get('k'),
      () => cache.getOrSetMany(['k'], () => new Map()),
    ]
    await cache.set('k', 1, LIFETIMES)
    for (const read of reads) {
      clock.advance(79)
      await read()
      expect(await cache.lookup('k')).toMatchObject({ outcome: 'hit', expiresInMs: 100, value: 1 })
    }
    expect(store.entries.get('k')).toMatchObject({ createdAt: NOW })
    clock.advance(80)
    await cache.get('k')
    expect(await cache.lookup('k')).toMatchObject({ outcome: 'stale', expiresInMs: 20 })
  })

  it('is left alone by has, lookup, keys and entries', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, LIFETIMES)
    clock.advance(50)
    await cache.has('k')
    await cache.lookup('k')
    for await (const _ of cache.keys()) clock.advance(0)
    for await (const _ of cache.entries()) clock.advance(0)
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 50 })
  })

  it('never brings back what somebody else has set or removed since it was read', async () => {
    const { cache, clock, store } = processOf<number>()
    const other = processOf<number>(store.entries, {}, { clock })
    await cache.set('k', 1, LIFETIMES)
    clock.advance(50)
    store.held = true
    const got = cache.get('k')
    store.pending.shift()?.settle()
    expect(await got).toBe(1)
    await other.cache.delete('k')
    await store.settleAll()
    expect(store.entries.size).toBe(0)
  })

  it('costs the reader neither its answer nor its time where it cannot be written', async () => {
    const slow = processOf<number>()
    await slow.cache.set('k', 1, LIFETIMES)
    slow.clock.advance(50)
    slow.store.held = true
    const got = slow.cache.get('k')
    slow.store.pending.shift()?.settle()
    expect(await got).toBe(1)
    slow.store.pending.shift()?.fail(new Error('read-only'))
    await turns()
    expect(slow.failures).toHaveLength(1)

    const { cache, clock, store } = mapped<number>()
    const failures = heard(cache, 'failure')
    await cache.set('k', 1, LIFETIMES)
    clock.advance(50)
    const [read] = [store.read.bind(store)]
    store.read = (keys, call) => {
      const found = read(keys, call)
      store.failure = new Error('read-only')
      return found
    }
    expect(cache.sync.get('k')).toBe(1)
    await turns()
    expect(failures).toHaveLength(1)
  })

  it('slides on through a layer that binds its header', async () => {
    // Each byte is moved by the time of the entry's end.
    const turned = (value: Bytes, by: number): Bytes => value.map((byte) => (byte + by) % 256)
    const bound = values({
      name: 'bound',
      bindsHeader: true,
      encode: (value, { header }) => ({ value: turned(value, header.expiresAt % 256), mark: 1 }),
      decode: (value, _, { header }) => turned(value, 256 - (header.expiresAt % 256)),
    })
    const clock = manualClock(NOW)
    const cache = createCache<number>({ store: new Client(), encode: [json(), bound], clock, ...LIFETIMES })
    await cache.set('k', 1)
    for (let reads = 0; reads < 3; reads += 1) {
      clock.advance(70)
      expect(await cache.get('k')).toBe(1)
      await turns()
    }
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 100 })
  })

  it('does not keep a damaged entry alive, however late the damage is found', async () => {
    const late = values({
      name: 'late',
      async: true,
      encode: async (value) => ({ value, mark: 1 }),
      decode: async (value) => value,
    })
    for (const encode of [[json<number>()], [json<number>(), late]] as const) {
      const { cache, clock, store } = processOf<number>(undefined, { encode })
      await cache.set('k', 1, LIFETIMES)
      const found = store.entries.get('k')
      if (found !== undefined) store.entries.set('k', { ...found, marks: { ...found.marks, codec: 'another' } })
      clock.advance(50)
      expect(await cache.get('k')).toBeUndefined()
      await turns()
      expect(store.entries.size).toBe(0)
    }
  })

  it('is refused where the store cannot judge conditions', () => {
    const store = new TestStore({ conditional: 'none' })
    expectCode(() => createCache({ store, sliding: true, ttlMs: 10 }), 'UNSUPPORTED', /sliding on test/)
    expectCode(() => createCache({ store }).namespace('n', { sliding: true, ttlMs: 10 }), 'UNSUPPORTED')
  })

  it('that has just begun is not written again', async () => {
    const { cache, store } = mapped<number>()
    await cache.set('k', 1, LIFETIMES)
    await cache.get('k')
    expect(store.calls).toEqual(['write k', 'read k'])
  })

  it('without an end has nothing to slide', async () => {
    const { cache, store } = mapped<number>()
    await cache.set('k', 1, { sliding: true })
    expect(await cache.get('k')).toBe(1)
    expect(store.calls.filter((call) => call.startsWith('write'))).toHaveLength(1)
  })
})
