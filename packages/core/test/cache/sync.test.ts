import { describe, expect, it, vi } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import type { Cache, SyncCache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import { json } from '../../src/json.js'
import { values } from '../../src/values.js'
import { mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'
import { expectCode, thrownBy } from '../support/failures.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const READS: Record<string, (sync: SyncCache<number>) => unknown> = {
  get: (sync) => sync.get('k'),
  has: (sync) => sync.has('k'),
  getMany: (sync) => sync.getMany(['k']),
}
const WRITES: Record<string, (sync: SyncCache<number>) => unknown> = {
  set: (sync) => sync.set('k', 2),
  add: (sync) => sync.add('k', 2),
  delete: (sync) => sync.delete('k'),
  take: (sync) => sync.take('k'),
  setMany: (sync) => sync.setMany([['k', 2]]),
  deleteMany: (sync) => sync.deleteMany(['k']),
  getOrSet: (sync) => sync.getOrSet('k', () => 2),
  update: (sync) => sync.update('k', () => 2),
  increment: (sync) => sync.increment('k'),
  touch: (sync) => sync.touch('k'),
  clear: (sync) => sync.clear(),
}
const ALL = { ...READS, ...WRITES }

describe('the verbs without promises', () => {
  it('answer as those with promises do', () => {
    const { sync } = mapped<number>().cache
    sync.set('k', 1)
    expect(sync.get('k')).toBe(1)
    expect(sync.add('k', 2)).toBe(false)
    expect(sync.has('k')).toBe(true)
    expect(sync.increment('k', 4)).toBe(5)
    expect(sync.increment('new', 4, { initial: 1 })).toBe(5)
    expect(sync.update('k', (value) => (value ?? 0) * 2)).toBe(10)
    expect(sync.touch('k', { ttlMs: 50 })).toBe(true)
    expect(sync.getMany(['k', 'none'])).toEqual([10, undefined])
    expect(sync.take('k')).toBe(10)
    sync.setMany([
      ['a', 1],
      ['b', 2],
    ])
    expect(sync.delete('a')).toBe(true)
    expect(sync.deleteMany(['a', 'b'])).toEqual([false, true])
    sync.set('k', 1)
    sync.clear()
    expect(sync.get('k')).toBeUndefined()
  })

  it('keep to their namespace', () => {
    const { cache } = mapped<number>()
    cache.namespace('n').sync.set('k', 1)
    expect(cache.sync.get('k')).toBeUndefined()
    cache.sync.set('k', 2)
    cache.namespace('n').sync.clear()
    expect(cache.sync.get('k')).toBe(2)
  })

  it('work through a codec too', () => {
    const { sync } = createCache<{ n: number }>({ store: new TestStore({ values: 'bytes' }), clock: manualClock(NOW) })
    const value = { n: 1 }
    sync.set('k', value)
    value.n = 2
    expect(sync.get('k')).toEqual({ n: 1 })
  })

  it('throw the failures of the store as they are', () => {
    const { cache, store } = mapped<number>()
    store.failure = new Error('full')
    expectCode(() => cache.sync.set('k', 1), 'BACKEND', /full/)
    store.failure = new Error('torn')
    expectCode(() => cache.sync.get('k'), 'BACKEND', /torn/)
  })

  it('are refused after close', async () => {
    const { cache } = mapped<number>()
    await cache.close()
    for (const run of Object.values(ALL)) expectCode(() => run(cache.sync), 'CLOSED')
  })
})

describe('getOrSet without promises', () => {
  it('gives what is there, or loads and stores it', () => {
    const { cache, clock } = mapped<number | null>()
    const load = vi.fn(() => null)
    expect(cache.sync.getOrSet('k', load, { ttlMs: 10 })).toBeNull()
    expect(cache.sync.getOrSet('k', load)).toBeNull()
    expect(load).toHaveBeenCalledOnce()
    clock.advance(10)
    cache.sync.getOrSet('k', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('leaves what the loader itself, or anybody meanwhile, did to the key', () => {
    const { cache } = mapped<number>()
    const load = () => {
      cache.sync.set('k', 7)
      return 1
    }
    expect(cache.sync.getOrSet('k', load)).toBe(1)
    expect(cache.sync.get('k')).toBe(7)
    cache.sync.delete('k')
    cache.sync.getOrSet('k', () => {
      cache.sync.delete('k')
      return 1
    })
    expect(cache.sync.get('k')).toBeUndefined()
  })

  it('leaves what another process set meanwhile', () => {
    const store = new TestStore<number>({ conditional: 'shared', shared: true, lives: 'disk' })
    const [one, other] = [store, new TestStore<number>(store.traits)].map((each) => {
      Object.assign(each, { entries: store.entries })
      return createCache<number>({ store: each, clock: manualClock(NOW) })
    })
    const given = one?.sync.getOrSet('k', () => {
      other?.sync.set('k', 7)
      return 1
    })
    expect(given).toBe(1)
    expect(one?.sync.get('k')).toBe(7)
  })

  it('stores nothing when the loader fails, or gives what is no value', () => {
    const { cache } = mapped<unknown>()
    expect(() =>
      cache.sync.getOrSet('k', () => {
        throw new RangeError('no')
      }),
    ).toThrow('no')
    expectCode(() => cache.sync.getOrSet('k', () => undefined), 'INVALID_VALUE')
    expectCode(() => cache.sync.getOrSet('k', async () => 1), 'INVALID_VALUE', /a promise/)
    expect(cache.sync.has('k')).toBe(false)
    cache.sync.set('k', 1)
    expect(cache.sync.get('k')).toBe(1)
  })

  it('refuses its options before it looks', () => {
    const { cache, store } = mapped<number>()
    const load = vi.fn(() => 1)
    expectCode(() => cache.sync.getOrSet('k', load, { ttlMs: 0 }), 'INVALID_OPTION')
    expectCode(() => cache.sync.getOrSet('k', load, { softDeadlineMs: 5 } as object), 'INVALID_OPTION')
    expect(load).not.toHaveBeenCalled()
    expect(store.calls).toEqual([])
  })

  it('is BUSY while the key is being loaded with promises', async () => {
    const { cache } = mapped<number>()
    const source = deferred<number>()
    const got = cache.getOrSet('k', () => source.promise)
    expectCode(() => cache.sync.getOrSet('k', () => 2), 'BUSY')
    source.resolve(1)
    expect(await got).toBe(1)
    await turns()
    expect(cache.sync.getOrSet('k', () => 2)).toBe(1)
  })
})

/** Its writes wait for the test, its reads do not. */
class SlowWrites extends TestStore<number> {
  protected override answer<T>(what: string, work: () => T) {
    this.held = !what.startsWith('read')
    return super.answer(what, work)
  }
}

describe('a call that is not ready', () => {
  it.each(Object.keys(ALL))('is BUSY behind a write that is under way: %s', async (name) => {
    const store = new SlowWrites({ sync: 'all' })
    const cache: Cache<number> = createCache<number>({ store, clock: manualClock(NOW) })
    const writing = cache.set('k', 1)
    const before = [...store.calls]
    expectCode(() => ALL[name]?.(cache.sync), 'BUSY', new RegExp(`sync.${name}: `))
    expect(store.calls).toEqual(before)
    if (name !== 'clear') expect(cache.sync.get('other')).toBeUndefined()
    await store.settleAll()
    await writing
    expect(cache.sync.get('k')).toBe(1)
  })

  it.each(Object.keys(ALL))('is UNSUPPORTED over a store that answers nothing at once: %s', (name) => {
    const { cache, store } = processOf<number>()
    expectCode(() => ALL[name]?.(cache.sync), 'UNSUPPORTED', /the stack answers nothing at once/)
    expect(store.calls).toEqual([])
  })

  it.each(Object.keys(WRITES))('is UNSUPPORTED over a store that answers reads alone at once: %s', (name) => {
    const store = new SlowWrites({ sync: 'reads' })
    const { sync } = createCache<number>({ store, clock: manualClock(NOW) })
    expectCode(() => WRITES[name]?.(sync), 'UNSUPPORTED', /only reads/)
    expect(store.calls).toEqual([])
    expect(sync.get('k')).toBeUndefined()
    expect(sync.getMany(['k'])).toEqual([undefined])
    expect(sync.has('k')).toBe(false)
  })

  it.each(['get', 'getMany', ...Object.keys(WRITES)])(
    'is UNSUPPORTED through a layer that takes its time, be it said or not, and changes nothing: %s',
    async (name) => {
      for (const async of [true, undefined]) {
        const slow = values({
          name: 'slow',
          async,
          encode: async (value) => ({ value, mark: 1 }),
          decode: async (value) => value,
        })
        const store = new TestStore({ values: 'bytes' })
        const cache = createCache<number>({ store, encode: [json(), slow], clock: manualClock(NOW) })
        await cache.set('k', 1)
        const before = [...store.entries.values()]
        const run = ALL[name]
        if (['delete', 'deleteMany', 'clear', 'touch'].includes(name) && async === undefined) continue
        expectCode(() => run?.(cache.sync), 'UNSUPPORTED')
        await turns()
        expect([...store.entries.values()]).toEqual(before)
        expect(cache.traits.sync).toBe(async === true ? 'none' : 'all')
      }
    },
  )

  it.each(Object.keys(READS))('is BUSY while a store that answers reads at once is not open yet: %s', async (name) => {
    const store = new TestStore<number>({ sync: 'reads' })
    const cache = createCache<number>({ store, clock: manualClock(NOW) })
    store.held = true
    expect(thrownBy(() => READS[name]?.(cache.sync))).toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining('not open yet'),
      outcome: 'none',
    })
    store.held = false
    store.pending.shift()?.fail(new Error('it could not be opened'))
    await turns()
    expect(() => READS[name]?.(cache.sync)).not.toThrow()
  })

  it('is told to have an unknown outcome where the store has declared more than it does', async () => {
    const store = new SlowWrites({ sync: 'all' })
    const { sync } = createCache<number>({ store, clock: manualClock(NOW) })
    expect(thrownBy(() => sync.set('k', 1))).toMatchObject({ code: 'UNSUPPORTED', outcome: 'unknown' })
    store.pending.shift()?.fail(new Error('full'))
    await turns()
  })

  it('leaves no rejection behind where a coding is refused and then fails', async () => {
    const failing = values({
      name: 'failing',
      encode: async () => {
        throw new RangeError('bad')
      },
      decode: async () => {
        throw new RangeError('bad')
      },
    })
    const store = new TestStore({ values: 'bytes' })
    const cache = createCache<number>({ store, encode: [json(), failing], clock: manualClock(NOW) })
    store.entries.set('k', entry(new Uint8Array(1), { marks: { codec: 'json', failing: 1 } }))
    expectCode(() => cache.sync.set('k', 1), 'UNSUPPORTED')
    expectCode(() => cache.sync.get('k'), 'UNSUPPORTED')
    await turns()
  })

  it('passes through layers that are ready', () => {
    const use = [around({ name: 'passing', around: (_, proceed) => proceed() })]
    const { sync } = createCache<number>({ store: new TestStore<number>(), use, clock: manualClock(NOW) })
    sync.set('k', 1)
    expect([sync.get('k'), sync.has('k'), sync.increment('k')]).toEqual([1, true, 2])
  })
})
