import { describe, expect, it } from 'vitest'
import type { Cache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import type { Traits } from '../../src/contract.js'
import { processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, stateOf } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { type Choose, everyWay } from '../support/explore.js'
import { Interleaving } from '../support/interleaving.js'
import { Server } from '../support/server.js'

refuseUnhandled()

const CHANGES: Record<string, (cache: Cache<string>) => Promise<unknown>> = {
  'a delete': (cache) => cache.delete('k'),
  'a clear': (cache) => cache.clear(),
  'a set': (cache) => cache.set('k', 'set'),
}

/** Where the change is made, and where the key is asked for after it. */
const PLACES: Record<string, { readonly traits: Partial<Traits>; readonly other: boolean }> = {
  'of a process without conditions': { traits: { lives: 'disk', shared: false, conditional: 'none' }, other: false },
  'of a process': { traits: { lives: 'disk', shared: false, conditional: 'process' }, other: false },
  'of a process with leases': { traits: {}, other: false },
  'of another process with leases': { traits: {}, other: true },
}

async function askLater(place: string, change: string, batch: boolean, choose: Choose): Promise<void> {
  const { traits, other } = PLACES[place] ?? { traits: {}, other: false }
  const server = new Server()
  const clock = manualClock(NOW)
  const early = processOf<string>(server, {}, { clock, traits })
  const late = other ? processOf<string>(server, {}, { clock, traits }) : early
  const moment = new Interleaving([early.store, late.store])
  let changed = false
  const source = deferred<string>()
  const first = early.cache.getOrSet('k', () => {
    const value = changed ? 'after' : 'before'
    moment.offer(() => source.resolve(value))
    return source.promise
  })
  let second: Promise<string | undefined> | undefined
  const ask = (): Promise<string | undefined> =>
    batch
      ? late.cache.getOrSetMany(['k'], () => new Map([['k', 'after']])).then(([value]) => value)
      : late.cache.getOrSet('k', () => 'after')
  moment.offer(() =>
    CHANGES[change]?.(late.cache).then(() => {
      changed = true
      second = ask()
    }),
  )
  do await moment.run(choose)
  while (clock.now() < NOW + 100 && clock.runNext())

  expect(await stateOf(first)).toBe('fulfilled')
  expect(await stateOf(second)).toBe('fulfilled')
  expect(await second).toBe(change === 'a set' ? 'set' : 'after')
  expect(server.texts).toEqual({ k: await second })
}

describe.each(Object.keys(PLACES))('a caller %s who asks for a key', (place) => {
  it.each(Object.keys(CHANGES))('after %s that it awaited is never given what was loaded before', async (change) => {
    for (const batch of [false, true]) {
      const ways = await everyWay((choose) => askLater(place, change, batch, choose))
      expect(ways).toBeGreaterThan(3)
    }
  })
})
