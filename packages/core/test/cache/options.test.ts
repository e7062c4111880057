import { describe, expect, it } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import type { ByteCacheOptions } from '../../src/cache/options.js'
import type { Cache } from '../../src/cache/types.js'
import { manualClock, systemClock } from '../../src/clock.js'
import { json } from '../../src/json.js'
import { values } from '../../src/values.js'
import { mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { expectCode, rejectionOf } from '../support/failures.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const create = (options: unknown) => () => createCache(options as ByteCacheOptions<unknown>)
const store = new TestStore()
const bytes = new Client()
const layer = values({ name: 'plain', encode: () => undefined, decode: (value) => value })

describe('createCache refuses', () => {
  it.each([
    ['no options', undefined, /createCache expected its options as an object, got undefined/],
    ['null for options', null, /got null/],
    ['no store', {}, /createCache: expected a store, got undefined/],
    ['something else for a store', { store: 'redis' }, /store to be an object, got a string/],
    ['a class of a store', { store: TestStore }, /store to be an object, got a function/],
    [
      'a cache as a store',
      { store: createCache({ store: bytes }) },
      /expected a store, got a cache: hand over the store/,
    ],
    ['an object that is no store', { store: {} }, /expected a store, got an object/],
    ['a store of another revision', { store: { ...store, traits: store.traits, contract: 2 } }, /revision 2/],
    ['a misspelt option', { store, ttlms: 5 }, /has no option "ttlms": did you mean "ttlMs"\?/],
    ['an option of a store', { store, maxEntries: 5 }, /has no option "maxEntries"; it has store, encode/],
    ['a layer on its own', { store, use: layer }, /use to be an array/],
    [
      'a layer that was not made',
      { store, use: [around] },
      /expected a layer \{ name, wrap \}, got a function: did you mean around\(\)\?/,
    ],
    ['a codec on its own', { store: bytes, encode: json() }, /encode to be an array/],
    ['an empty list for encode', { store: bytes, encode: [] }, /encode to begin with a codec.*got undefined/],
    [
      'a layer where the codec stands',
      { store: bytes, encode: [layer] },
      /encode to begin with a codec.*got an object/,
    ],
    ['a codec that was not made', { store: bytes, encode: [json] }, /encode to begin with a codec.*got a function/],
    [
      'another layer behind the codec',
      { store: bytes, encode: [json(), around({ name: 'x', around: (_, go) => go() })] },
      /the layer x is no byte layer; write it in use/,
    ],
    ['a byte layer over values', { store, use: [layer] }, /the layer plain needs values 'bytes'/],
    ['a weigher of bytes', { store: bytes, weigh: () => 1 }, /weigh is for values by reference/],
    ['a weigher that is no function', { store, weigh: 5 }, /weigh to be a function/],
    ['an empty name', { store, name: '' }, /name to be a non-empty string, got an empty string/],
    ['a deadline of nothing', { store, deadlineMs: 0 }, /deadlineMs to be a positive number of milliseconds/],
    ['another word for damage', { store, damaged: 'ignore' }, /damaged to be 'absent' or 'error', got a string/],
    ['a clock that is none', { store, clock: {} }, /clock to be a clock \{ now, setTimer \}, got an object/],
    ['a second clock for a store', { store: processOf().store, clock: manualClock() }, /expected one clock for server/],
    ['a random number', { store, random: 0.5 }, /random to be a function, got 0.5/],
    [
      'a misspelt option of loads',
      { store, load: { hardDeadline: 5 } },
      /createCache, load has no option "hardDeadline": did you mean "hardDeadlineMs"/,
    ],
    ['a wrong option of loads', { store, load: { leaseMs: -1 } }, /createCache, load: expected leaseMs to be/],
    ['more fresh time than lifetime', { store, ttlMs: 5, freshMs: 6 }, /freshMs to be at most ttlMs \(5\), got 6/],
    ['sliding that is no boolean', { store, sliding: 1 }, /sliding to be true or false, got 1/],
  ])('%s', (_, options, message) => {
    expectCode(create(options), 'INVALID_OPTION', message)
  })

  it('and then holds on to nothing: store and layers are as free as before', async () => {
    const own = { ...around({ name: 'own', around: (_, go) => go() }), state: 'own' as const }
    const fresh = new TestStore()
    for (const wrong of [{ ttlMs: 5, freshMs: 6 }, { use: [own, layer] }, { use: [own, own] }]) {
      expectCode(create({ store: fresh, use: [own], ...wrong }), 'INVALID_OPTION')
    }
    expectCode(
      create({ store: new TestStore({ conditional: 'none' }), use: [own], sliding: true, ttlMs: 5 }),
      'UNSUPPORTED',
    )
    const cache = createCache({ store: fresh, use: [own] })
    await cache.close()
    expect(fresh.closed).toBe(1)
  })

  it('nothing that is left out as undefined', async () => {
    const options = { name: undefined, use: undefined, ttlMs: undefined, load: undefined, clock: undefined }
    const cache = createCache({ store: new TestStore(), ...options })
    expect(cache.name).toBe('test')
    expect(createCache({ store: new TestStore(), clock: systemClock, name: 'users' }).name).toBe('users')
    await cache.close()
  })
})

describe('a call refuses', () => {
  const CALLS: Record<string, (cache: Cache<number>, options: object) => Promise<unknown>> = {
    get: (cache, options) => cache.get('k', options),
    set: (cache, options) => cache.set('k', 1, options),
    add: (cache, options) => cache.add('k', 1, options),
    delete: (cache, options) => cache.delete('k', options),
    take: (cache, options) => cache.take('k', options),
    has: (cache, options) => cache.has('k', options),
    getMany: (cache, options) => cache.getMany(['k'], options),
    setMany: (cache, options) => cache.setMany([['k', 1]], options),
    deleteMany: (cache, options) => cache.deleteMany(['k'], options),
    getOrSet: (cache, options) => cache.getOrSet('k', () => 1, options),
    getOrSetMany: (cache, options) => cache.getOrSetMany(['k'], () => new Map(), options),
    update: (cache, options) => cache.update('k', () => 1, options),
    increment: (cache, options) => cache.increment('k', 1, options),
    touch: (cache, options) => cache.touch('k', options),
    clear: (cache, options) => cache.clear(options),
    lookup: (cache, options) => cache.lookup('k', options),
    keys: async (cache, options) => {
      for await (const _ of cache.keys(options)) return
    },
    entries: async (cache, options) => {
      for await (const _ of cache.entries(options)) return
    },
  }

  it.each(Object.keys(CALLS))('options that %s does not have, or has otherwise', async (name) => {
    const { cache, store: map } = mapped<number>()
    const call = (options: object) => rejectionOf(CALLS[name]?.(cache, options))
    expect(await call({ deadline: 5 })).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/did you mean "deadlineMs"/),
    })
    expect(await call({ deadlineMs: -5 })).toMatchObject({
      message: expect.stringMatching(/deadlineMs to be a positive number/),
    })
    expect(await call({ signal: {} })).toMatchObject({
      message: expect.stringMatching(/signal to be an AbortSignal, got an object/),
    })
    expect(map.calls).toEqual([])
  })

  it.each(['get', 'delete', 'take', 'has', 'getMany', 'deleteMany', 'clear', 'lookup'])(
    'lifetimes for %s, which writes none',
    async (name) => {
      const error = await rejectionOf(CALLS[name]?.(mapped<number>().cache, { ttlMs: 5 }))
      expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(/no option "ttlMs"/) })
    },
  )

  it('tags for touch, which leaves them, and wrong options of a single pair', async () => {
    const { cache } = mapped<number>()
    expect((await rejectionOf(CALLS['touch']?.(cache, { tags: ['t'] }))).message).toMatch(/no option "tags"/)
    const own = { deadlineMs: 5 } as object
    expect((await rejectionOf(cache.setMany([['k', 1, own]]))).message).toMatch(/a pair has no option "deadlineMs"/)
    expect((await rejectionOf(cache.set('k', 1, { tags: 't' as unknown as string[] }))).message).toMatch(
      /tags to be a list/,
    )
  })
})
