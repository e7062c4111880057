import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { Cache } from '../../src/cache/types.js'
import { manualClock } from '../../src/clock.js'
import { CacheError } from '../../src/errors.js'
import { json } from '../../src/json.js'
import { values } from '../../src/values.js'
import { heard, processOf, refuseUnhandled, type Settings } from '../support/caches.js'
import { turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'
import { Client, Server } from '../support/server.js'

refuseUnhandled()

const BYTES = new TextEncoder().encode('"x"')

/** Reads what it wrote, and nothing else. */
const guarding = () =>
  values({
    name: 'guarding',
    required: true,
    encode: (value) => ({ value, mark: value.length }),
    async decode(value, mark) {
      if (mark !== value.length) throw new RangeError('another length')
      return value
    },
  })

/** Ways in which an entry can be damaged. */
const DAMAGE: Record<
  string,
  { readonly found: ReturnType<typeof entry<Uint8Array>>; readonly settings?: Settings<unknown> }
> = {
  'bytes that are no entry': { found: entry(BYTES, { kind: 'damaged' }) },
  'bytes that the codec cannot read': { found: entry(BYTES.subarray(1), { marks: { codec: 'json' } }) },
  'an entry of another codec': { found: entry(BYTES, { marks: { codec: 'msgpack' } }) },
  'an entry without a codec': { found: entry(BYTES) },
  'a value that a layer cannot read': {
    found: entry(BYTES, { marks: { codec: 'json', guarding: 7 } }),
    settings: { encode: [json(), guarding()] },
  },
  'a value without the mark of a layer that protects': {
    found: entry(BYTES, { marks: { codec: 'json' } }),
    settings: { encode: [json(), guarding()] },
  },
  'a value that a layer in front cannot read': {
    found: entry(BYTES, { marks: { codec: 'json', guarding: 7 } }),
    settings: { use: [guarding()] },
  },
}

function damaged(name: string, settings: Settings<unknown> = {}, traits = {}) {
  const server = new Server()
  const process = processOf(server, { ...DAMAGE[name]?.settings, ...settings }, { traits })
  const damages = heard(process.cache, 'damage')
  const found = DAMAGE[name]?.found
  if (found !== undefined) server.set('k', found)
  return { ...process, server, damages }
}

const VERBS: Record<string, (cache: Cache<unknown>) => Promise<unknown>> = {
  get: (cache) => cache.get('k'),
  getMany: async (cache) => (await cache.getMany(['k']))[0],
  take: (cache) => cache.take('k'),
  'update, as what it makes its value of': async (cache) => {
    let given: unknown = 'not asked'
    await cache.update('k', (value) => {
      given = value
      return 1
    })
    return given
  },
  'getOrSet, as what was there before': async (cache) => {
    let given: unknown = 'not asked'
    await cache.getOrSet('k', ({ previous }) => {
      given = previous
      return 1
    })
    return given
  },
}

describe.each(Object.keys(DAMAGE))('%s', (name) => {
  it.each(Object.keys(VERBS))('are nothing to %s, and are told of', async (verb) => {
    const { cache, damages, failures } = damaged(name)
    expect(await VERBS[verb]?.(cache)).toBeUndefined()
    await turns()
    expect(damages).toMatchObject([{ type: 'damage', key: 'k' }])
    expect(failures).toEqual([])
  })

  it('are reclaimed, but never what has been set since', async () => {
    const { cache, server, store } = damaged(name)
    store.held = true
    const got = cache.get('k')
    store.pending.shift()?.settle()
    await processOf(server, DAMAGE[name]?.settings).cache.set('k', 'new')
    await store.settleAll()
    expect(await got).toBeUndefined()
    expect(server.texts).toEqual({ k: 'new' })

    const other = damaged(name)
    await other.cache.get('k')
    await turns()
    expect(other.server.size).toBe(0)
  })

  it('are replaced by what is loaded, in every store', async () => {
    for (const traits of [{}, { conditional: 'none' }, { lives: 'disk', conditional: 'process' }] as const) {
      const { cache, failures } = damaged(name, {}, traits)
      expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
      await turns()
      expect(await cache.get('k')).toBe('loaded')
      expect(failures).toEqual([])
    }
  })

  it.each(Object.keys(VERBS))('make %s fail where damage is an error, and are gone the next time', async (verb) => {
    const { cache, damages, server } = damaged(name, { damaged: 'error' })
    expect(await rejectionOf(VERBS[verb]?.(cache))).toMatchObject({ code: 'CORRUPT', retry: 'no' })
    await turns()
    expect(damages).toHaveLength(1)
    expect(server.size).toBe(0)
    expect(await VERBS[verb]?.(cache)).toBeUndefined()
  })
})

describe('what is no damage', () => {
  it('fails the call as it is, and stays: a layer that cannot decode for now', async () => {
    const down = new CacheError('UNAVAILABLE', 'the keys are out of reach')
    const layer = values({
      name: 'keyed',
      encode: (value) => ({ value, mark: 1 }),
      decode: () => {
        throw down
      },
    })
    const server = new Server()
    const { cache, failures } = processOf<number>(server, { encode: [json(), layer] })
    await cache.set('k', 1)
    expect(await rejectionOf(cache.get('k'))).toBe(down)
    expect(server.texts).toEqual({ k: '1' })
    expect(failures).toEqual([])
  })

  it('fails the call where it is an entry that was stored as a stream', async () => {
    const { cache, server } = damaged('')
    server.set('k', entry(BYTES, { marks: { codec: 'stream' } }))
    expect((await rejectionOf(cache.get('k'))).message).toMatch(/stored as a stream; read it with getStream/)
    expect(server.size).toBe(1)
  })

  it('is an entry that a store of values gives without its value', async () => {
    const store = new Client()
    const cache = createCache({ store, clock: manualClock(NOW) })
    store.entries.set('k', { ...entry(BYTES), value: undefined })
    expect(await rejectionOf(cache.get('k'))).toMatchObject({
      code: 'BACKEND',
      message: expect.stringContaining('a header where the value'),
    })
  })
})
