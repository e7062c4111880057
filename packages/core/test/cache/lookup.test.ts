import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import { hide } from '../../src/hide.js'
import { heard, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const NOTHING = new Uint8Array(0)

describe('lookup', () => {
  it('tells a hit from a stale value, with age, end, tags and tier', async () => {
    const { cache, clock, store } = processOf<number>()
    await cache.set('k', 1, { ttlMs: 100, freshMs: 50, tags: ['a', 'b'] })
    clock.advance(20)
    const facts = { value: 1, tags: ['a', 'b'], tier: 'server' }
    expect(await cache.lookup('k')).toEqual({ ...facts, outcome: 'hit', ageMs: 20, expiresInMs: 80 })
    clock.advance(30)
    expect(await cache.lookup('k')).toEqual({ ...facts, outcome: 'stale', ageMs: 50, expiresInMs: 50 })
    const found = store.entries.get('k')
    if (found !== undefined) store.entries.set('k', { ...found, from: 'near' })
    expect(await cache.lookup('k')).toMatchObject({ tier: 'near' })
  })

  it('takes null and other values that count for nothing elsewhere for hits', async () => {
    const { cache } = processOf()
    for (const value of [null, 0, '', false]) {
      await cache.set('k', value)
      expect(await cache.lookup('k')).toMatchObject({ outcome: 'hit', value })
    }
  })

  it('says why nothing is there', async () => {
    const { cache, clock, store } = processOf<number>()
    const why = async (key: string) => {
      const found = await cache.lookup(key)
      return found.outcome === 'miss' ? found.why : found.outcome
    }
    expect(await why('none')).toBe('absent')

    await cache.set('kept', 1, { ttlMs: 10, graceMs: 100 })
    clock.advance(10)
    expect(await why('kept')).toBe('expired')

    store.entries.set('removed', entry(NOTHING, { kind: 'tombstone' }))
    expect(await why('removed')).toBe('removed')

    const source = deferred<number>()
    const got = cache.getOrSet('loading', () => source.promise)
    await turns()
    expect(await why('loading')).toBe('loading')
    source.resolve(1)
    await got

    store.entries.set('dead', entry(NOTHING, { kind: 'lease', expiresAt: NOW }))
    expect(await why('dead')).toBe('expired')

    store.entries.set('torn', entry(NOTHING, { kind: 'damaged' }))
    expect(await why('torn')).toBe('damaged')
    store.entries.set('foreign', entry(NOTHING, { marks: { codec: 'another' } }))
    expect(await why('foreign')).toBe('damaged')
    expect([await why('torn'), await why('foreign')]).toEqual(['absent', 'absent'])
  })

  it('says damaged too where the store answers at once, and where damage is an error', async () => {
    const ready = new TestStore({ values: 'bytes' })
    const strict = new Client()
    for (const cache of [
      createCache({ store: ready, clock: manualClock(NOW) }),
      createCache({ store: strict, damaged: 'error', clock: manualClock(NOW) }),
    ]) {
      for (const store of [ready, strict]) {
        store.entries.set('torn', entry(NOTHING, { kind: 'damaged' }))
        store.entries.set('foreign', entry(NOTHING, { marks: { codec: 'another' } }))
      }
      expect(await cache.lookup('torn')).toEqual({ outcome: 'miss', why: 'damaged', tier: cache.name })
      expect(await cache.lookup('foreign')).toEqual({ outcome: 'miss', why: 'damaged', tier: cache.name })
    }
  })

  it('says damaged of no other key that is looked up at the same time', async () => {
    const { cache, store } = processOf()
    store.entries.set('torn', entry(NOTHING, { kind: 'damaged' }))
    const found = await Promise.all(['none', 'torn', 'nothing'].map((key) => cache.lookup(key)))
    expect(found).toMatchObject([{ why: 'absent' }, { why: 'damaged' }, { why: 'absent' }])
  })

  it('says that a layer hides what is there', async () => {
    const hiding = hide({ name: 'hiding', hidden: (key) => key === 'secret' })
    const cache = createCache<number>({ store: new Client(), use: [hiding], clock: manualClock(NOW) })
    await cache.set('secret', 1)
    expect(await cache.lookup('secret')).toMatchObject({ outcome: 'miss', why: 'hidden' })
  })

  it('says that the store cannot answer, and with what failure', async () => {
    const { cache, store, clock } = processOf()
    store.failure = new Error('cut off')
    expect(await cache.lookup('k')).toMatchObject({
      outcome: 'unavailable',
      tier: 'server',
      error: { code: 'BACKEND', operation: 'read', source: 'server' },
    })
    store.held = true
    const late = cache.lookup('k', { deadlineMs: 50 })
    clock.advance(50)
    expect(await late).toMatchObject({ outcome: 'unavailable', error: { code: 'TIMEOUT' } })
    await store.settleAll()
  })

  it('fails for mistakes of its caller', async () => {
    const { cache } = processOf()
    expect((await rejectionOf(cache.lookup(''))).code).toBe('INVALID_KEY')
    expect((await rejectionOf(cache.lookup('k', { signal: AbortSignal.abort() }))).code).toBe('ABORTED')
    await cache.close()
    expect((await rejectionOf(cache.lookup('k'))).code).toBe('CLOSED')
  })

  it('neither loads nor slides, and listens no longer than it looks', async () => {
    const { cache, store, clock } = processOf<number>()
    await cache.set('k', 1, { ttlMs: 100, sliding: true })
    clock.advance(50)
    await cache.lookup('k')
    await turns()
    expect(store.calls).toEqual(['write k', 'read k'])
    expect(heard(cache, 'get')).toEqual([])
  })
})
