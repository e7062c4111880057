import { describe, expect, it, vi } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import { compose } from '../../src/compose.js'
import type { Host } from '../../src/layer.js'
import type { CacheEventName } from '../../src/told.js'
import { heard, mapped, pass, processOf, refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'
import { Client } from '../support/server.js'
import { shelled } from '../support/shells.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

describe('each verb tells of itself', () => {
  it('with its keys and what became of each', async () => {
    const { cache, clock } = mapped<number>()
    const names = ['get', 'set', 'add', 'delete', 'take', 'has', 'update', 'touch', 'scan', 'clear'] as const
    const told: unknown[] = []
    for (const name of names) cache.on(name, ({ keys, outcomes }) => told.push([name, keys, outcomes]))
    const said = async (run: () => unknown, ...expected: unknown[]) => {
      await run()
      expect(told.splice(0)).toEqual(expected)
    }
    await said(() => cache.get('k'), ['get', ['k'], ['miss']])
    await said(() => cache.set('k', 1, { ttlMs: 100, freshMs: 10 }), ['set', ['k'], ['done']])
    await said(() => cache.get('k'), ['get', ['k'], ['hit']])
    await said(() => cache.add('k', 1), ['add', ['k'], ['refused']])
    clock.advance(10)
    await said(() => cache.getMany(['k', 'l']), ['get', ['k', 'l'], ['stale', 'miss']])
    await said(() => cache.has('k'), ['has', ['k'], ['stale']])
    await said(() => cache.update('k', () => 2), ['update', ['k'], ['done']])
    await said(() => cache.increment('k'), ['update', ['k'], ['done']])
    await said(() => cache.touch('k'), ['touch', ['k'], ['done']])
    await said(() => cache.touch('l'), ['touch', ['l'], ['miss']])
    await said(
      () =>
        cache.setMany([
          ['l', 1],
          ['m', 2],
        ]),
      ['set', ['l', 'm'], ['done', 'done']],
    )
    await said(async () => {
      for await (const _ of cache.keys()) clock.advance(0)
    }, ['scan', ['k', 'l', 'm'], ['hit', 'hit', 'hit']])
    await said(() => cache.deleteMany(['m', 'n']), ['delete', ['m', 'n'], ['done', 'miss']])
    await said(() => cache.take('l'), ['take', ['l'], ['done']])
    await said(() => cache.take('l'), ['take', ['l'], ['miss']])
    await said(() => cache.namespace('n').clear(), ['clear', ['n\u241f'], ['done']])
    await said(() => cache.sync.get('k'), ['get', ['k'], ['hit']])
    await said(() => cache.lookup('k'))
  })

  it('once it is done, and not when it fails', async () => {
    const { cache, store } = processOf<number>()
    const events = heard(cache, 'set', 'get')
    store.held = true
    const calls = Promise.allSettled([cache.set('k', 1), cache.get('l')])
    await turns()
    expect(events).toEqual([])
    for (const pending of store.pending.splice(0)) pending.fail(new Error('cut off'))
    await calls
    expect(events).toEqual([])
  })
})

describe('the events of one call', () => {
  it('bear one id, and those of another call another', async () => {
    const { cache, clock } = processOf<number>()
    const told: [name: string, id: number | undefined][] = []
    for (const name of ['get', 'load', 'refresh', 'set'] as const) cache.on(name, ({ id }) => told.push([name, id]))
    await cache.getOrSet('k', () => 1, { freshMs: 10, ttlMs: 100 })
    await turns()
    clock.advance(10)
    await cache.getOrSet('k', () => 2)
    await turns()
    expect(told.map(([name]) => name)).toEqual(['get', 'load', 'get', 'refresh', 'load'])
    const [first, loaded, second, refreshed, reloaded] = told.map(([, id]) => id)
    expect(loaded).toBe(first)
    expect([refreshed, reloaded]).toEqual([second, second])
    expect(second).not.toBe(first)
  })

  it('bear it also where damage or a failure is told of', async () => {
    const { cache, store } = processOf<number>()
    const told: (number | undefined)[] = []
    for (const name of ['get', 'load', 'damage', 'failure'] as const) cache.on(name, ({ id }) => told.push(id))
    store.entries.set('torn', entry(new Uint8Array(0), { kind: 'damaged' }))
    await cache.getOrSet('torn', () => 1)
    await turns()
    expect(told).toHaveLength(3)
    expect(new Set(told.splice(0)).size).toBe(1)
    store.failure = new Error('cut off')
    await cache.getOrSet('k', () => 1)
    expect(told).toHaveLength(3)
    expect(new Set(told).size).toBe(1)
  })
})

describe('how a load ended', () => {
  it('is told with how long its loader took', async () => {
    const { cache, clock, store } = processOf<number>()
    const events = heard(cache, 'load')
    const down = new Error('the source is down')
    const slowly =
      <T>(end: () => T) =>
      async () => {
        await turns()
        clock.advance(30)
        return end()
      }
    await cache.getOrSet(
      'a',
      slowly(() => 1),
    )
    await cache
      .getOrSet(
        'b',
        slowly(() => {
          throw down
        }),
      )
      .catch(() => undefined)
    await cache.getOrSet(
      'c',
      slowly(() => {
        void cache.delete('c')
        return 1
      }),
    )
    await cache.getOrSet('d', (context) => {
      context.doNotStore()
      return 1
    })
    await cache.getOrSet(
      'e',
      slowly(() => {
        store.failure = new Error('full')
        return 1
      }),
    )
    await turns()
    expect(events.map(({ key, ms, outcome }) => [key, ms, outcome]).sort()).toEqual([
      ['a', 30, 'stored'],
      ['b', 30, 'failed'],
      ['c', 30, 'discarded'],
      ['d', 0, 'skipped'],
      ['e', 30, 'unstored'],
    ])
    expect(events.find(({ key }) => key === 'b')?.error).toBe(down)
    expect(events.find(({ key }) => key === 'e')?.error).toMatchObject({ code: 'BACKEND' })
  })
})

describe('how a load without promises ended', () => {
  it('is told in the same words, under the id of its call', () => {
    const { cache, clock } = mapped<number>()
    const events = heard(cache, 'get', 'load')
    const down = new Error('the source is down')
    const slowly = (end: () => number) => () => {
      clock.advance(30)
      return end()
    }
    cache.sync.getOrSet(
      'a',
      slowly(() => 1),
    )
    expect(() =>
      cache.sync.getOrSet(
        'b',
        slowly(() => {
          throw down
        }),
      ),
    ).toThrow(down)
    cache.sync.getOrSet(
      'c',
      slowly(() => {
        cache.sync.set('c', 1)
        return 2
      }),
    )
    cache.sync.getOrSet('c', () => 3)
    const [ids, told] = [events.map(({ id }) => id), events.filter((event) => 'ms' in event)]
    expect(told.map(({ key, ms, outcome, error }) => [key, ms, outcome, error])).toEqual([
      ['a', 30, 'stored', undefined],
      ['b', 30, 'failed', down],
      ['c', 30, 'discarded', undefined],
    ])
    expect(ids).toHaveLength(7)
    expect(new Set(ids).size).toBe(4)
  })
})

describe('listeners', () => {
  it('that throw disturb neither the call nor the other listeners, and are told of', async () => {
    const shout = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { cache } = mapped<number>()
    const bug = new Error('in a listener')
    const later = vi.fn()
    cache.on('set', () => {
      throw bug
    })
    cache.on('set', later)
    await cache.set('k', 1)
    expect(cache.sync.get('k')).toBe(1)
    expect(later).toHaveBeenCalledOnce()
    await turns()
    expect(shout).toHaveBeenCalledWith(expect.any(String), bug)
    shout.mockRestore()
  })

  it('hear no more once they have been taken away, by whichever view they came', async () => {
    const { cache } = mapped<number>()
    const listener = vi.fn()
    const stops = [cache, cache.namespace('n')].map((one) => one.on('get', listener))
    await cache.get('k')
    expect(listener).toHaveBeenCalledOnce()
    const other = vi.fn()
    cache.on('get', other)
    for (const stop of [...stops, ...stops]) stop()
    await cache.get('k')
    expect(listener).toHaveBeenCalledOnce()
    expect(other).toHaveBeenCalledOnce()
  })

  it('hear what layers report, by its type', async () => {
    let host: Host | undefined
    const layer = {
      name: 'telling',
      wrap: (_: unknown, given: Host) => {
        host = given
        return {}
      },
    }
    const cache = createCache<number>({ store: new TestStore<number>(), use: [layer], clock: manualClock(NOW) })
    const events = heard(cache, 'evict', 'invalidate', 'failure')
    host?.report({ type: 'evict', keys: ['k'], cause: 'capacity', source: 'telling' })
    host?.report({ type: 'invalidate', what: 'tag', source: 'telling' })
    host?.background(Promise.reject(new Error('behind')))
    await turns()
    expect(events.map((event) => event.source)).toEqual(['telling', 'telling', 'test'])
    await cache.close()
  })

  it('may be layers, which hear their cache as anyone does', async () => {
    const told: unknown[] = []
    const layer = {
      name: 'listening',
      wrap: (_: unknown, host: Host) => {
        host.on('load', ({ key, outcome }) => told.push(key, outcome))
        return {}
      },
    }
    const cache = createCache<number>({ store: new TestStore<number>(), use: [layer], clock: manualClock(NOW) })
    await cache.getOrSet('k', () => 1)
    await turns()
    expect(told).toEqual(['k', 'stored'])
    await cache.close()
    const { base } = shelled()
    compose(base, [layer])
  })

  it('of one cache hear what its store tells, and nothing after its close', async () => {
    const store = new Client()
    const [one, other] = [createCache({ store }), createCache({ store })]
    const names: CacheEventName[] = ['damage', 'close']
    const events = heard(one, ...names)
    store.entries.set('torn', entry(new Uint8Array(0), { kind: 'damaged' }))
    await other.get('torn')
    expect(events).toHaveLength(1)
    await one.close()
    expect(events[1]).toEqual({ name: 'server' })
    store.entries.set('torn', entry(new Uint8Array(0), { kind: 'damaged' }))
    await other.get('torn')
    expect(events).toHaveLength(2)
    await other.close()
  })
})

describe('background work that fails', () => {
  it('is told of, and holds nothing up', async () => {
    const { cache, store, clock, failures } = processOf<number>()
    const got = cache.getOrSet('k', () => new Promise<number>(() => undefined)).catch(() => undefined)
    await turns()
    store.failure = new Error('cut off')
    await pass(clock, 1_000)
    expect(failures).toMatchObject([{ code: 'BACKEND' }])
    await cache.close()
    await got
  })
})
