import { describe, expect, it } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import type { Load } from '../../src/contract.js'
import { pass, processOf, refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { Server } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

/** A layer that counts loads, as those that remember something of each would. */
function counting() {
  const begun = new Set<Load>()
  const going = new Set<Load>()
  const layer = around({
    name: 'counting',
    around(passing, proceed) {
      const { load } = passing.call
      if (load !== undefined && !begun.has(load)) {
        begun.add(load)
        going.add(load)
        load.onEnd(() => going.delete(load))
      }
      return proceed()
    },
  })
  return { layer, begun, going }
}

function counted(traits: Parameters<typeof processOf>[2] = {}) {
  const { layer, begun, going } = counting()
  return { ...processOf<string>(new Server(), { use: [layer] }, traits), begun, going }
}

const fail = (): never => {
  throw new Error('the source is down')
}

const ENDS: Record<string, (cache: Cache<string>) => Promise<unknown>> = {
  'a hit': (cache) => cache.set('k', 'v').then(() => cache.getOrSet('k', () => 'w')),
  'a load that is stored': (cache) => cache.getOrSet('k', () => 'v'),
  'a load that fails': (cache) => cache.getOrSet('k', fail).catch(() => undefined),
  'a load that is not stored': (cache) =>
    cache.getOrSet('k', ({ doNotStore }) => {
      doNotStore()
      return 'v'
    }),
  'a load whose key is changed': (cache) => cache.getOrSet('k', () => cache.set('k', 'w').then(() => 'v')),
  'a batch that leaves its key out': (cache) => cache.getOrSetMany(['k'], () => new Map()),
  'loads that are joined': (cache) => Promise.all([1, 2].map(() => cache.getOrSet('k', async () => 'v'))),
  'a failure that is remembered': (cache) =>
    cache
      .getOrSet('k', fail, { failureTtlMs: 1_000 })
      .catch(() => cache.getOrSet('k', fail))
      .catch(() => undefined),
}

describe.each([
  ['a server', {}],
  ['a disk', { traits: { lives: 'disk', conditional: 'process' } as const }],
])('over %s', (_, traits) => {
  it.each(Object.entries(ENDS))('the loads of %s all end', async (_name, run) => {
    const { cache, begun, going } = counted(traits)
    await run(cache)
    await turns()
    expect(begun.size).toBeGreaterThan(0)
    expect(going.size).toBe(0)
  })

  it('a load ends whose first read is left by its caller', async () => {
    const { cache, store, begun, going } = counted(traits)
    store.held = true
    const leaving = new AbortController()
    const got = cache.getOrSet('k', () => 'v', { signal: leaving.signal }).catch(() => undefined)
    await turns()
    leaving.abort()
    await got
    await store.settleAll()
    expect([begun.size, going.size]).toEqual([1, 0])
  })

  it('a load ends whose first read fails, and one that is late', async () => {
    const { cache, store, clock, begun, going } = counted(traits)
    store.failure = new Error('cut off')
    await cache.getOrSet('k', () => 'v')
    store.held = true
    const got = cache.getOrSet('k', () => 'v')
    await pass(clock, 1_100)
    await got
    await store.settleAll()
    await pass(clock, 2_000)
    expect([begun.size, going.size]).toEqual([2, 0])
  })

  it('a load ends that finds its key set since it first looked', async () => {
    const { cache, store, clock, begun, going } = counted(traits)
    const other = processOf<string>(store.entries, {}, { clock })
    store.held = true
    const got = cache.getOrSetMany(['k'], () => new Map([['k', 'loaded']]))
    await turns()
    store.pending.shift()?.settle()
    await other.cache.set('k', 'set')
    await store.settleAll()
    expect(await got).toEqual(['set'])
    expect([begun.size, going.size]).toEqual([1, 0])
  })

  it('a load ends when the cache is closed', async () => {
    const { cache, begun, going } = counted(traits)
    const got = cache.getOrSet('k', () => new Promise<string>(() => undefined)).catch(() => undefined)
    await turns()
    await cache.close()
    await got
    expect([begun.size, going.size]).toEqual([1, 0])
  })
})

it('a load without promises ends too, whatever becomes of it', () => {
  const { layer, begun, going } = counting()
  const { sync } = createCache<string>({ store: new TestStore<string>(), use: [layer], clock: manualClock(NOW) })
  sync.getOrSet('k', () => 'v')
  expect(() => sync.getOrSet('l', fail)).toThrow('the source is down')
  expect([begun.size, going.size]).toEqual([2, 0])
})
