import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import type { Traits } from '../../src/contract.js'
import { processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { type Choose, everyWay } from '../support/explore.js'
import { Interleaving } from '../support/interleaving.js'
import { Client, type Effect, Server } from '../support/server.js'

refuseUnhandled()

/** What another caller does to the key while it is being loaded. */
const CHANGES: Record<string, (cache: Cache<string>) => Promise<unknown>> = {
  'a set': (cache) => cache.namespace('n').set('k', 'other'),
  'a batch': (cache) => cache.namespace('n').setMany([['k', 'other']]),
  'a delete': (cache) => cache.namespace('n').delete('k'),
  'a clear': (cache) => cache.clear(),
  'a clear of the namespace': (cache) => cache.namespace('n').clear(),
  'an add': (cache) => cache.namespace('n').add('k', 'other'),
  'a take': (cache) => cache.namespace('n').take('k'),
  'an update': (cache) => cache.namespace('n').update('k', () => 'other'),
  'a touch': (cache) => cache.namespace('n').touch('k', { ttlMs: 10_000 }),
}
const UNCONDITIONAL = ['a set', 'a batch', 'a delete', 'a clear', 'a clear of the namespace']

/** How long after it was set the entry is when the load begins. */
const STATES = { absent: undefined, stale: 50, kept: 500 }

interface Place {
  readonly traits: Partial<Traits>
  readonly other: boolean
}

const PLACES: Record<string, Place> = {
  'in this process, without conditions': {
    traits: { lives: 'disk', shared: false, conditional: 'none' },
    other: false,
  },
  'in this process': { traits: { lives: 'disk', shared: false, conditional: 'process' }, other: false },
  'in this process, with leases': { traits: {}, other: false },
  'in another process': { traits: {}, other: true },
}

async function race(place: Place, age: number | undefined, change: string, choose: Choose): Promise<void> {
  const server = new Server()
  const clock = manualClock(NOW)
  if (age !== undefined) {
    const seed = createCache<string>({ store: new Client(server), clock })
    await seed.namespace('n').set('k', 'old', { freshMs: 10, ttlMs: 100, graceMs: 1_000 })
    clock.advance(age)
    server.effects.length = 0
  }
  const loading = processOf<string>(server, {}, { clock, traits: place.traits })
  const changing = place.other ? processOf<string>(server, {}, { clock }) : loading
  const moment = new Interleaving([loading.store, changing.store])
  const source = deferred<string>()
  let asked: number | undefined
  moment.offer(() => CHANGES[change]?.(changing.cache))
  const got = loading.cache.namespace('n').getOrSet('k', () => {
    asked = server.effects.length
    moment.offer(() => source.resolve('loaded'))
    return source.promise
  })
  await moment.run(choose)

  expect(await stateOf(got)).toBe('fulfilled')
  expect(['loaded', 'old', 'other']).toContain(await got)
  const landed = server.effects.findIndex(({ text }) => text === 'loaded')
  const since = landed < 0 ? [] : server.effects.slice(asked, landed)
  expect(since.filter((effect) => !isOfTheLoad(effect))).toEqual([])
  expect(server.leases).toEqual([])
  expect(loading.failures).toEqual([])
}

function isOfTheLoad({ kind, text }: Effect): boolean {
  return kind === 'lease' || text === 'loaded'
}

describe.each(Object.entries(PLACES))('%s', (_, place) => {
  const changes = place.traits.conditional === 'none' ? UNCONDITIONAL : Object.keys(CHANGES)
  describe.each(Object.entries(STATES))('a load of what is %s', (_state, age) => {
    it.each(changes)('%s at any moment of it is never undone by its late result', async (change) => {
      const ways = await everyWay((choose) => race(place, age, change, choose))
      expect(ways).toBeGreaterThan(5)
    })

    it('lands where nothing comes between', async () => {
      const ways = await everyWay((choose) => race(place, age, 'nothing', choose))
      expect(ways).toBeLessThanOrEqual(5)
      const server = new Server()
      const { cache } = processOf<string>(server, {}, { traits: place.traits })
      await cache.getOrSet('k', () => 'loaded')
      await turns()
      expect(server.texts).toEqual({ k: 'loaded' })
    })
  })
})
