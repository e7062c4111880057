import { expect, it } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import { refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

/** What a layer hears of the cache's calls; those made aside are in brackets. */
function overheard(store: TestStore = new TestStore()) {
  const calls: string[] = []
  const layer = around({
    name: 'noting',
    around: ({ verb, call }, proceed) => {
      calls.push(call.aside === true ? `(${verb})` : verb)
      return proceed()
    },
  })
  const clock = manualClock(NOW)
  const cache = createCache<number>({ store, use: [layer], clock })
  const saying = async (run: () => unknown): Promise<readonly string[]> => {
    await run()
    await turns()
    return calls.splice(0)
  }
  return { cache, clock, store, saying }
}

it('is said of the looks of a load behind the one that its caller asked for', async () => {
  const { cache, saying, clock } = overheard(new TestStore({ values: 'bytes' }))
  expect(await saying(() => cache.getOrSet('k', () => 1, { ttlMs: 100, freshMs: 10 }))).toEqual([
    'read',
    '(read)',
    'write',
  ])
  expect(await saying(() => cache.getOrSet('k', () => 2))).toEqual(['read'])
  clock.advance(10)
  expect(await saying(() => cache.getOrSet('k', () => 2))).toEqual(['read', '(read)', 'write'])
  expect(await saying(() => cache.sync.getOrSet('l', () => 1))).toEqual(['read', '(read)', 'write'])
  expect(await saying(() => cache.getOrSetMany(['k', 'm'], () => new Map([['m', 1]])))).toEqual([
    'read',
    '(read)',
    'write',
  ])
  const later = overheard(new TestStore({ values: 'bytes', sync: 'none' }))
  expect(await later.saying(() => later.cache.getOrSet('k', () => 1))).toEqual(['read', 'write'])
})

it('is said of leases', async () => {
  const { cache, saying } = overheard(new Client())
  expect(await saying(() => cache.getOrSet('k', () => 1))).toEqual(['read', '(write)', 'write'])
  const unstored = await saying(() =>
    cache.getOrSet('l', ({ doNotStore }) => {
      doNotStore()
      return 1
    }),
  )
  expect(unstored).toEqual(['read', '(write)', '(write)'])
})

it('is said of lifetimes that slide, damage that is reclaimed, and second looks', async () => {
  const { cache, saying, clock, store } = overheard(new TestStore({ values: 'bytes' }))
  expect(await saying(() => cache.set('k', 1, { ttlMs: 100, sliding: true }))).toEqual(['write'])
  clock.advance(10)
  expect(await saying(() => cache.get('k'))).toEqual(['read', '(write)'])
  expect(await saying(() => cache.lookup('l'))).toEqual(['read', '(read)'])
  store.entries.set('torn', entry(new TextEncoder().encode('{'), { marks: { codec: 'json' } }))
  expect(await saying(() => cache.get('torn'))).toEqual(['read', '(write)'])
})
