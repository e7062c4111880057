import { createSecretKey, randomBytes } from 'node:crypto'
import { memory } from '@cachette/adapter-memory'
import {
  type Bytes,
  createCache,
  type Entry,
  type Header,
  json,
  manualClock,
  newCall,
  type ValueContext,
} from '@cachette/core'
import { type CipherName, encryption } from '@cachette/middleware/encryption'
import { jitter } from '@cachette/middleware/jitter'
import { tags } from '@cachette/middleware/tags'
import { tiered } from '@cachette/topology'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ringOf } from '../src/encryption/keys.js'
import { OVERHEAD_BYTES, Vault } from '../src/encryption/vault.js'
import { PIECE_BYTES } from '../src/records.js'
import { areSame, bodyOf, bytesAround, bytesOf, context, flipped, noise } from './support/bytes.js'
import { failureOf } from './support/failures.js'
import { frameStore } from './support/frames.js'
import { seeded } from './support/seeded.js'

const CIPHERS = ['aes-256-gcm', 'chacha20-poly1305'] as const satisfies readonly CipherName[]

const key = (id: string) => ({ id, secret: randomBytes(32) })

const [a, b] = [key('a'), key('b')]

const keys = { current: a }

describe('a value', () => {
  it('comes back as it was by every cipher, of any length, and is nobody else’s bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...CIPHERS), bytesAround(16), async (algorithm, value) => {
        const { coding } = encryption({ keys, algorithm })
        const before = value.slice()
        const encoded = await coding.encode(value, context)
        if (encoded === undefined) return expect.unreachable()
        expect(encoded).toMatchObject({ mark: `${algorithm}/a`, value: { length: value.length + OVERHEAD_BYTES } })
        value.fill(9)
        const decoded = await coding.decode(encoded.value, encoded.mark, context)
        expect(areSame(decoded, before)).toBe(true)
        encoded.value.fill(9)
        expect(areSame(decoded, before)).toBe(true)
      }),
    )
  })

  it('never looks the same twice, and shows nothing of itself', async () => {
    const { coding } = encryption({ keys })
    const text = new TextEncoder().encode('a secret that nobody else is to read')
    const sealed = new Set<string>()
    const nonces = new Set<string>()
    for (let index = 0; index < 2_000; index += 1) {
      const value = Buffer.from((await coding.encode(text, context))?.value ?? [])
      expect(value.includes('secret')).toBe(false)
      sealed.add(value.toString('hex', 28))
      nonces.add(value.toString('hex', 0, 28))
    }
    expect([sealed.size, nonces.size]).toEqual([2_000, 2_000])
  })

  it('has another salt, and with it another key, after so many values', async () => {
    const vault = new Vault(ringOf(keys), 'aes-256-gcm', 3)
    const salts: string[] = []
    for (let index = 0; index < 900; index += 1) {
      const { value, mark } = vault.seal(noise(3, 256, index), context)
      salts.push(Buffer.from(value).toString('hex', 0, 16))
      expect(areSame(vault.open(value, mark, context), noise(3, 256, index))).toBe(true)
    }
    expect(new Set(salts).size).toBe(300)
    expect(salts[2]).toBe(salts[0])
    expect(salts[3]).not.toBe(salts[0])
  })

  it('is opened by whoever has the keys', async () => {
    const encoded = await encryption({ keys }).coding.encode(noise(9, 9, 9), context)
    if (encoded === undefined) return expect.unreachable()
    const { value, mark } = encoded
    const other = encryption({ keys: { current: b, others: [{ id: 'a', secret: createSecretKey(a.secret) }] } })
    expect(areSame(await other.coding.decode(value, mark, context), noise(9, 9, 9))).toBe(true)
    const wrong = encryption({ keys: { current: { id: 'a', secret: b.secret } } })
    expect((await failureOf(() => wrong.coding.decode(value, mark, context))).code).toBe('CORRUPT')
    const without = encryption({ keys: { current: b } })
    expect((await failureOf(() => without.coding.decode(value, mark, context))).message).toMatch(
      /the key a is not known/,
    )
  })

  it('is bound to its key, its times, its version, its kind and its mark', async () => {
    const { header } = context
    const others: readonly ValueContext[] = [
      { ...context, key: 'users␟43' },
      ...(['createdAt', 'staleAt', 'expiresAt', 'keptUntil'] as const).flatMap((name) => [
        { ...context, header: { ...header, [name]: header[name] + 1 } },
        { ...context, header: { ...header, [name]: header[name] - 1 } },
        { ...context, header: { ...header, [name]: Infinity } },
      ]),
      { ...context, header: { ...header, kind: 'lease' } },
      ...(['time', 'count', 'writer'] as const).map((name) => ({
        ...context,
        header: { ...header, version: { ...header.version, [name]: header.version[name] + 1 } },
      })),
    ]
    for (const algorithm of CIPHERS) {
      const { coding } = encryption({ keys: { current: a, others: [{ id: 'again', secret: a.secret }] }, algorithm })
      const encoded = await coding.encode(noise(20, 256, 1), context)
      if (encoded === undefined) return expect.unreachable()
      for (const other of others) {
        expect((await failureOf(() => coding.decode(encoded.value, encoded.mark, other))).code).toBe('CORRUPT')
      }
      for (const mark of ['aes-256-gcm/again', 'rot13/a', 'a', '', 7, `${algorithm}/`]) {
        expect((await failureOf(() => coding.decode(encoded.value, mark, context))).code).toBe('CORRUPT')
      }
    }
  })

  it('of which any bit is turned, or anything is missing, is damaged', async () => {
    for (const algorithm of CIPHERS) {
      const { coding } = encryption({ keys, algorithm })
      for (const length of [0, 1, 33]) {
        const encoded = await coding.encode(noise(length, 256, 2), context)
        if (encoded === undefined) return expect.unreachable()
        const { value, mark } = encoded
        for (let bit = 0; bit < value.length * 8; bit += 1) {
          expect((await failureOf(() => coding.decode(flipped(value, bit), mark, context))).code).toBe('CORRUPT')
        }
        for (let end = 0; end < value.length; end += 1) {
          expect((await failureOf(() => coding.decode(value.subarray(0, end), mark, context))).code).toBe('CORRUPT')
        }
      }
    }
  })
})

describe('at rest', () => {
  it('no flipped bit is served: ten thousand of them', async () => {
    const { random, seed } = seeded()
    const store = frameStore()
    const cache = createCache<string>({ store, encode: [json(), encryption({ keys })] })
    await cache.set('a', 'what was stored', { ttlMs: 3_600_000, tags: ['t'] })
    const whole = store.frames.get('a')
    if (whole === undefined) return expect.unreachable()
    for (let index = 0; index < 10_000; index += 1) {
      const bit = Math.floor(random() * whole.length * 8)
      store.frames.set('a', flipped(whole, bit))
      expect(await cache.get('a'), `seed ${seed}, bit ${bit}`).toBeUndefined()
    }
    store.frames.set('a', whole)
    expect(await cache.get('a')).toBe('what was stored')
    await cache.close()
  }, 60_000)

  it('an entry that was moved to another key is refused, told and reclaimed', async () => {
    const store = frameStore()
    const cache = createCache<string>({ store, encode: [json(), encryption({ keys })] })
    const told: string[] = []
    cache.on('damage', (event) => told.push(event.key))
    await cache.set('a', 'of a')
    await cache.set('b', 'of b')
    const [one, two] = [store.frames.get('a'), store.frames.get('b')]
    if (one === undefined || two === undefined) return expect.unreachable()
    store.frames.set('a', two).set('b', one)
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    expect(told).toEqual(['a', 'b'])
    expect(store.frames.size).toBe(0)
    await cache.close()
  })

  it.each(['encode', 'use'] as const)('an entry whose lifetime was changed is refused: %s', async (list) => {
    const clock = manualClock(1_000_000)
    const layer = encryption({ keys })
    const lists = list === 'encode' ? { encode: [json<string>(), layer] as const } : { use: [layer] }
    const store = frameStore()
    const cache = createCache<string>({ store, clock, ...lists })
    const call = () => newCall(clock.now())
    const changes: readonly ((entry: Entry) => Partial<Header>)[] = [
      ({ expiresAt }) => ({ expiresAt: expiresAt + 1, keptUntil: expiresAt + 60_000 }),
      ({ expiresAt }) => ({ expiresAt: expiresAt - 1 }),
      () => ({ expiresAt: Infinity, keptUntil: Infinity }),
      ({ staleAt }) => ({ staleAt: staleAt - 1 }),
      ({ keptUntil }) => ({ keptUntil: keptUntil + 1 }),
      ({ createdAt }) => ({ createdAt: createdAt - 1 }),
    ]
    for (const change of changes) {
      await cache.set('a', 'x', { ttlMs: 60_000, graceMs: 9 })
      expect(await cache.get('a')).toBe('x')
      const [found] = await store.read(['a'], call())
      if (found?.value === undefined) return expect.unreachable()
      const entry: Entry = { ...found, value: found.value }
      const forged = { ...entry, ...change(entry) }
      await store.write([{ key: 'a', entry: forged, version: forged.version }], call())
      expect(await cache.get('a')).toBeUndefined()
    }
    await cache.close()
  })

  it('an entry that is not sealed is refused, unless it may be', async () => {
    const store = memory({ copies: true })
    const plain = createCache<string>({ store })
    const layer = encryption({ keys })
    const cache = createCache<string>({ store, encode: [json(), layer] })
    await plain.set('a', 'planted')
    expect(await cache.get('a')).toBeUndefined()
    layer.configure({ required: false })
    await plain.set('a', 'from before')
    expect(await cache.get('a')).toBe('from before')
    expect(await plain.get('a')).toBe('from before')
    await cache.close()
    await plain.close()
  })
})

describe('lifetimes that are given anew', () => {
  it.each(['encode', 'use'] as const)('are bound anew: %s', async (list) => {
    const clock = manualClock(1_000_000)
    const layer = encryption({ keys })
    const lists = list === 'encode' ? { encode: [json<string>(), layer] as const } : { use: [layer] }
    const cache = createCache<string>({ store: memory({ copies: true, clock }), clock, ...lists })
    await cache.set('a', 'touched', { ttlMs: 100 })
    await cache.set('b', 'slides', { ttlMs: 100, sliding: true })
    expect(await cache.touch('a', { ttlMs: 1_000 })).toBe(true)
    for (let index = 0; index < 5; index += 1) {
      clock.advance(60)
      expect(await cache.getMany(['a', 'b'])).toEqual(['touched', 'slides'])
    }
    expect(await cache.update('a', (value) => `${value} and updated`)).toBe('touched and updated')
    expect(await cache.take('a')).toBe('touched and updated')
    clock.advance(100)
    expect(await cache.get('b')).toBeUndefined()
    await cache.close()
  })

  it.each(['encode', 'use'] as const)('and what is kept for loads that fail can still be opened: %s', async (list) => {
    const clock = manualClock(1_000_000)
    const layer = encryption({ keys })
    const lists = list === 'encode' ? { encode: [json<string>(), layer] as const } : { use: [layer] }
    // Alone, and where loads put leases round what is kept.
    for (const traits of [{}, { shared: true, conditional: 'shared' }] as const) {
      const store = frameStore(traits)
      const cache = createCache<string>({ store, clock, ttlMs: 100, graceMs: 10_000, load: { backoffMs: 1 }, ...lists })
      await cache.set('a', 'kept')
      clock.advance(150)
      for (let index = 0; index < 3; index += 1) {
        expect(await cache.getOrSet('a', () => Promise.reject(new Error('down')))).toBe('kept')
        clock.advance(2_000)
      }
      expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded')
      expect(await cache.get('a')).toBe('loaded')
      await cache.close()
    }
  })

  it('by tiers, or a soft invalidation, leave what is sealed readable', async () => {
    const clock = manualClock(1_000_000)
    const near = memory({ copies: true, clock })
    const store = tiered({ tiers: [{ store: near, ttlMs: 50 }, { store: memory({ copies: true, clock }) }], clock })
    const softly = tags()
    const cache = createCache<string>({ store, clock, encode: [json(), encryption({ keys })], use: [softly] })
    await cache.set('a', 'x', { ttlMs: 10_000, tags: ['t'] })
    for (let index = 0; index < 3; index += 1) {
      clock.advance(40)
      expect(await cache.get('a')).toBe('x')
    }
    await softly.invalidate(['t'], { soft: true })
    expect(await cache.lookup('a')).toMatchObject({ outcome: 'stale', value: 'x' })
    await cache.close()
  })

  it('by a layer behind it are refused at construction', async () => {
    const make = (options: object) => createCache({ store: memory({ copies: true }), ...options })
    const [layer, spread] = [encryption({ keys }), jitter()]
    expect((await failureOf(() => make({ encode: [json(), layer], use: [spread] }))).message).toContain(
      'the layer encryption binds lifetimes, which change after encode; write use: [jitter(), encryption()]',
    )
    expect((await failureOf(() => make({ use: [layer, spread] }))).message).toContain(
      'write use: [jitter(), encryption()]',
    )
    const cache = make({ use: [spread, layer] })
    await cache.set('a', 'x', { ttlMs: 1_000 })
    expect(await cache.get('a')).toBe('x')
    await cache.close()
  })
})

describe('a stream', () => {
  const sealed = async (algorithm: CipherName, value: Bytes) => {
    const { streams } = encryption({ keys, algorithm }).coding
    if (streams === undefined) return expect.unreachable()
    const { body, mark } = streams.encode(bodyOf(value, [9, 100_000]), context)
    return {
      bytes: await bytesOf(body),
      mark,
      open: (bytes: Bytes, other = context) => bytesOf(streams.decode(bodyOf(bytes, [77]), mark, other)),
    }
  }

  it('comes back as it was, and cannot be damaged, cut, reordered or moved', async () => {
    for (const algorithm of CIPHERS) {
      for (const length of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 10]) {
        const value = noise(length, 256, length)
        const { bytes, open } = await sealed(algorithm, value)
        expect(areSame(await open(bytes), value)).toBe(true)
        for (const bit of [0, 33, 8 * 30, bytes.length * 8 - 1, bytes.length * 4]) {
          expect((await failureOf(() => open(flipped(bytes, bit)))).code).toBe('CORRUPT')
        }
        expect((await failureOf(() => open(bytes, { ...context, key: 'another' }))).code).toBe('CORRUPT')
        const header = { ...context.header, expiresAt: Infinity }
        expect((await failureOf(() => open(bytes, { ...context, header }))).code).toBe('CORRUPT')
      }
      const { bytes, open } = await sealed(algorithm, noise(3 * PIECE_BYTES, 256, 1))
      const first = 4 + 16 + PIECE_BYTES + 16
      const next = first + 4 + PIECE_BYTES + 16
      const [one, two, rest] = [bytes.subarray(0, first), bytes.subarray(first, next), bytes.subarray(next)]
      for (const parts of [
        [one, rest],
        [two, one, rest],
        [one, two, two, rest],
        [one, two],
      ]) {
        expect((await failureOf(() => open(new Uint8Array(Buffer.concat(parts))))).code).toBe('CORRUPT')
      }
      // A last piece that says that it is the last where it was not.
      const shortened = new Uint8Array(one)
      shortened[0] = 0x80
      expect((await failureOf(() => open(shortened))).code).toBe('CORRUPT')
    }
  })
})
