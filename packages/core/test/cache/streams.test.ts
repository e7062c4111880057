import { describe, expect, it } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import type { Bytes } from '../../src/contract.js'
import { json } from '../../src/json.js'
import { type ValueLayer, values } from '../../src/values.js'
import { heard, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'
import { bodyOf, StreamClient, textOf } from '../support/stream-store.js'

refuseUnhandled()

/** Turns each byte by so much, in streams too, and says so in its mark. */
function turning(by: number, required = false): ValueLayer {
  const turned = (bytes: Bytes, step: number): Bytes => bytes.map((byte) => (byte + step) % 256)
  const through = (step: number) =>
    new TransformStream<Bytes, Bytes>({ transform: (part, controller) => controller.enqueue(turned(part, step)) })
  return values({
    name: `turning-${by}`,
    required,
    encode: (value) => ({ value: turned(value, by), mark: by }),
    decode: (value) => turned(value, -by),
    streams: {
      encode: (body) => ({ body: body.pipeThrough(through(by)), mark: by }),
      decode: (body) => body.pipeThrough(through(-by)),
    },
  })
}

const deaf = () => values({ name: 'deaf', encode: () => undefined, decode: (value) => value })

function streaming(...layers: ValueLayer[]) {
  const store = new StreamClient()
  const clock = manualClock(NOW)
  return { store, clock, cache: createCache<unknown>({ store, clock, encode: [json(), ...layers] }) }
}

describe('a stream', () => {
  it('comes back as it was set, with its lifetime and tags', async () => {
    const { cache, clock, store } = streaming()
    await cache.setStream('k', bodyOf('one ', 'two'), { ttlMs: 100, tags: ['t'] })
    expect(await textOf(await cache.getStream('k'))).toBe('one two')
    expect(store.entries.get('k')).toMatchObject({ expiresAt: NOW + 100, tags: [{ name: 't' }], size: 7 })
    expect(await cache.has('k')).toBe(true)
    clock.advance(100)
    expect(await cache.getStream('k')).toBeUndefined()
    expect(await cache.getStream('none')).toBeUndefined()
    expect(store.open).toBe(0)
  })

  it('goes through the layers that take part, from left to right and back', async () => {
    const { cache, store } = streaming(turning(1), turning(2, true))
    await cache.setStream('k', bodyOf('abc'))
    expect(store.entries.texts).toEqual({ k: 'def' })
    expect(store.entries.get('k')?.marks).toEqual({ codec: 'stream', 'turning-1': 1, 'turning-2': 2 })
    expect(await textOf(await cache.getStream('k'))).toBe('abc')
  })

  it('tells of itself, as set and get do', async () => {
    const { cache } = streaming()
    const events = heard(cache, 'set', 'get')
    await cache.setStream('k', bodyOf('x'))
    await textOf(await cache.getStream('k'))
    await cache.getStream('none')
    expect(events.map(({ keys, outcomes }) => [keys, outcomes])).toEqual([
      [['k'], ['done']],
      [['k'], ['hit']],
      [['none'], ['miss']],
    ])
  })

  it('whose body fails stores nothing, and fails its call', async () => {
    const { cache, store } = streaming(turning(1))
    await cache.setStream('k', bodyOf('old'))
    const body = new ReadableStream<Bytes>({ pull: () => Promise.reject(new Error('cut off')) })
    await expect(cache.setStream('k', body)).rejects.toMatchObject({
      code: 'BACKEND',
      message: expect.stringContaining('cut off'),
    })
    expect(await textOf(await cache.getStream('k'))).toBe('old')
    expect(store.open).toBe(0)
  })

  it('that is being set discards a load that began before', async () => {
    const { cache, store } = streaming()
    const source = deferred<string>()
    const got = cache.getOrSet('k', () => source.promise)
    await turns()
    await cache.setStream('k', bodyOf('stream'))
    source.resolve('loaded')
    expect(await got).toBe('loaded')
    await turns()
    expect(store.entries.texts).toEqual({ k: 'stream' })
  })

  it('is loaded anew by nobody: getOrSet says how it is to be read', async () => {
    const { cache } = streaming()
    await cache.setStream('k', bodyOf('stream'))
    for (const call of [cache.getOrSet('k', () => 1), cache.get('k'), cache.update('k', () => 1), cache.take('k')]) {
      expect((await rejectionOf(call)).message).toMatch(/^UNSUPPORTED: the entry was stored as a stream/)
    }
    expect(await textOf(await cache.getStream('k'))).toBe('stream')
    expect(await cache.touch('k', { ttlMs: 50 })).toBe(true)
    expect(await textOf(await cache.getStream('k'))).toBe('stream')
  })

  it('is no damaged value to a layer that takes another form in streams', async () => {
    const { coding } = turning(1)
    const decode = (): never => expect.unreachable()
    const { cache } = streaming(values({ ...coding, decode }))
    await cache.setStream('k', bodyOf('stream'))
    expect((await rejectionOf(cache.get('k'))).code).toBe('UNSUPPORTED')
    expect(await textOf(await cache.getStream('k'))).toBe('stream')
  })

  it('cannot be moved on through a layer that binds its header', async () => {
    const bound = { ...turning(1), coding: { ...turning(1).coding, bindsHeader: true } }
    const { cache } = streaming(bound)
    await cache.setStream('k', bodyOf('stream'))
    expect((await rejectionOf(cache.touch('k', { ttlMs: 50 }))).code).toBe('UNSUPPORTED')
    expect(await textOf(await cache.getStream('k'))).toBe('stream')
  })
})

describe('streams are refused', () => {
  it('where the store has none, or a layer takes no part', async () => {
    const store = new StreamClient()
    const front = createCache({ store, use: [deaf()] })
    const caches = [
      [processOf().cache, /server: it has no streams/],
      [streaming(turning(1), deaf()).cache, /the layer deaf takes no part in streams/],
      [front, /or a layer over it/],
    ] as const
    for (const [cache, message] of caches) {
      for (const call of [cache.getStream('k'), cache.setStream('k', bodyOf('x'))]) {
        expect(await rejectionOf(call)).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(message) })
      }
    }
    expect(store.calls).toEqual([])
  })

  it('as values of set, and for what was not stored as one, whose body is let go', async () => {
    const { cache, store } = streaming()
    await cache.set('k', 'value')
    const error = await rejectionOf(cache.getStream('k'))
    expect(error).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('read it with get') })
    await turns()
    expect(store.open).toBe(0)
  })

  it('for what was not stored as one, even where its body cannot be let go', async () => {
    const { cache, store } = streaming()
    await cache.set('k', 'value')
    const { read } = store.streams
    const stuck = new ReadableStream<Bytes>({ cancel: () => Promise.reject(new Error('stuck')) })
    Object.assign(store.streams, {
      read: async (...asked: Parameters<typeof read>) => ({ ...(await read(...asked)), body: stuck }),
    })
    expect((await rejectionOf(cache.getStream('k'))).code).toBe('UNSUPPORTED')
    await turns()
  })

  it('where the body is none, or an option is not for streams', async () => {
    const { cache } = streaming()
    const wrong = [
      [cache.setStream('k', 'text' as unknown as ReadableStream), 'INVALID_VALUE'],
      [cache.setStream('k', bodyOf('x'), { sliding: true } as object), 'INVALID_OPTION'],
      [cache.setStream('k', bodyOf('x'), { ttlMs: 0 }), 'INVALID_OPTION'],
      [cache.getStream('k', { ttlMs: 5 } as object), 'INVALID_OPTION'],
      [cache.getStream(''), 'INVALID_KEY'],
      [cache.setStream('', bodyOf('x')), 'INVALID_KEY'],
    ] as const
    for (const [call, code] of wrong) expect((await rejectionOf(call)).code).toBe(code)
    await cache.close()
    expect((await rejectionOf(cache.getStream('k'))).code).toBe('CLOSED')
  })
})

describe('a stream without the mark of a layer that protects', () => {
  it.each(['absent', 'error'] as const)('is damage: %s', async (damaged) => {
    const { cache: bare, store, clock } = streaming()
    await bare.setStream('k', bodyOf('forged'))
    const cache = createCache({ store, clock, encode: [json(), turning(1, true)], damaged })
    const damages = heard(cache, 'damage')
    const read = cache.getStream('k')
    if (damaged === 'absent') expect(await read).toBeUndefined()
    else expect((await rejectionOf(read)).code).toBe('CORRUPT')
    await turns()
    expect(damages).toHaveLength(1)
    expect([store.open, store.entries.size]).toEqual([0, 0])
  })
})
