import { memory } from '@cachette/adapter-memory'
import { type CacheError, compose, createCache, json, newCall, shell } from '@cachette/core'
import { CHECKSUM_DEFAULTS, type ChecksumName, type ChecksumOptions, checksum } from '@cachette/middleware/checksum'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PIECE_BYTES } from '../src/records.js'
import { areSame, bodyOf, bytesAround, bytesOf, context, flipped, noise } from './support/bytes.js'
import { failureOf } from './support/failures.js'
import { frameStore } from './support/frames.js'
import { seeded } from './support/seeded.js'

const NAMES = ['crc32', 'sha256', 'xxhash64'] as const satisfies readonly ChecksumName[]

const GROWS = { crc32: 4, sha256: 32, xxhash64: 8 } as const

describe('a value', () => {
  it('comes back as it was by every algorithm, and is nobody else’s bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NAMES), bytesAround(), async (algorithm, value) => {
        const { coding } = checksum({ algorithm })
        const before = value.slice()
        const encoded = await coding.encode(value, context)
        if (encoded === undefined) return expect.unreachable()
        expect(encoded).toMatchObject({ mark: algorithm, value: { length: value.length + GROWS[algorithm] } })
        value.fill(9)
        expect(areSame(await coding.decode(encoded.value, encoded.mark, context), before)).toBe(true)
      }),
    )
  })

  it('is summed up as it was, though its owner changes it before the sum is ready', async () => {
    const value = noise(500, 256, 4)
    const before = value.slice()
    const { coding } = checksum({ algorithm: 'xxhash64' })
    const encoding = coding.encode(value, context)
    value.fill(0)
    const encoded = await encoding
    if (encoded === undefined) return expect.unreachable()
    expect(areSame(await coding.decode(encoded.value, encoded.mark, context), before)).toBe(true)
  })

  it('has the sums that everybody else has', async () => {
    const digits = new TextEncoder().encode('123456789')
    const known = {
      crc32: 'cbf43926',
      sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
      xxhash64: '8cb841db40e6ae83',
    }
    for (const algorithm of NAMES) {
      const encoded = await checksum({ algorithm }).coding.encode(digits, context)
      expect(Buffer.from(encoded?.value.subarray(9) ?? []).toString('hex')).toBe(known[algorithm])
    }
  })

  it('of which any bit is turned, or anything is missing, is damaged', async () => {
    for (const algorithm of NAMES) {
      const { coding } = checksum({ algorithm })
      for (const length of [0, 1, 40]) {
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
      expect((await failureOf(() => coding.decode(noise(9, 9, 9), 'md5', context))).code).toBe('CORRUPT')
    }
  })
})

describe('damage at rest', () => {
  it('is never served: ten thousand flipped bits', async () => {
    const { random, seed } = seeded()
    const store = frameStore()
    const cache = createCache<string>({ store, encode: [json(), checksum()] })
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

  it('is found by whoever reads, scans, or sweeps through values; told, and reclaimed', async () => {
    const store = frameStore()
    const layer = checksum()
    const cache = createCache<string>({ store, use: [layer] })
    const told: (string | undefined)[] = []
    cache.on('damage', ({ key, source }) => told.push(`${key} of ${source}`))
    const harm = async (...keys: readonly string[]) => {
      await cache.setMany(keys.map((key) => [key, key]))
      for (const key of keys) {
        const bytes = store.frames.get(key)
        if (bytes !== undefined) store.frames.set(key, flipped(bytes, bytes.length * 8 - 1))
      }
    }
    await harm('a', 'b', 'c')
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    expect(await cache.add('a', 'new')).toBe(true)
    for await (const [key] of cache.entries()) expect(key).toBe('a')
    expect(told).toEqual(['a of checksum', 'b of checksum', 'c of checksum'])
    expect([...store.frames.keys()]).toEqual(['a'])
    await cache.close()
  })

  it('is shown as such to who asks for all there is', async () => {
    const store = frameStore()
    const cache = createCache<string>({ store, encode: [json()], use: [checksum()] })
    await cache.set('a', 'x')
    const bytes = store.frames.get('a')
    if (bytes !== undefined) store.frames.set('a', flipped(bytes, bytes.length * 8 - 1))
    const stack = compose(shell(store), [checksum()])
    const [found] = await stack.read(['a'], newCall(Date.now(), { show: 'all' }))
    expect(found).toMatchObject({ kind: 'damaged', value: undefined })
    await cache.close()
  })
})

describe('an entry without a sum', () => {
  it('is older than the layer, or damaged where one is required', async () => {
    const store = memory({ copies: true })
    const before = createCache<string>({ store })
    await before.set('a', 'old')
    const layer = checksum()
    const cache = createCache<string>({ store, encode: [json(), layer] })
    expect(await cache.get('a')).toBe('old')
    layer.configure({ required: true })
    expect(await cache.get('a')).toBeUndefined()
    await cache.set('a', 'new')
    expect(await cache.get('a')).toBe('new')
    await before.close()
    await cache.close()
  })
})

describe('options', () => {
  it('are checked as a whole', async () => {
    const layer = checksum()
    const wrong: readonly [ChecksumOptions, RegExp][] = [
      [{ algorithm: 'md5' as 'crc32' }, /'crc32' or 'sha256' or 'xxhash64'/],
      [{ required: 1 as unknown as boolean }, /true or false/],
      [{ algoritm: 'crc32' } as object, /did you mean "algorithm"/],
    ]
    for (const [options, message] of wrong) {
      expect((await failureOf(() => checksum(options))).message).toMatch(message)
      expect((await failureOf(() => layer.configure(options))).message).toMatch(message)
    }
    const failure: CacheError = await failureOf(() => layer.configure({ algorithm: 'xxhash64', required: true }))
    expect(failure.message).toMatch(/cache.sync counts on answers at once/)
    expect(layer.settings).toEqual(CHECKSUM_DEFAULTS)
    layer.configure({ algorithm: 'sha256' })
    expect(layer.settings).toEqual({ ...CHECKSUM_DEFAULTS, algorithm: 'sha256' })
  })

  it('may change while what is stored stays readable', async () => {
    const layer = checksum({ algorithm: 'xxhash64' })
    const cache = createCache<string>({ store: memory({ copies: true }), encode: [json(), layer] })
    for (const algorithm of NAMES) {
      layer.configure({ algorithm })
      await cache.set(algorithm, algorithm)
    }
    expect(await cache.getMany(NAMES)).toEqual(NAMES)
    await cache.close()
  })

  it('say whether the stack answers at once', () => {
    expect(checksum().coding.async).toBe(false)
    expect(checksum({ algorithm: 'xxhash64' }).coding.async).toBe(true)
  })
})

describe('a stream', () => {
  it('comes back as it was, and gives nothing of a piece that is damaged', async () => {
    for (const algorithm of NAMES) {
      const { streams } = checksum({ algorithm }).coding
      if (streams === undefined) return expect.unreachable()
      const value = noise(2 * PIECE_BYTES + 10, 256, 1)
      const { body, mark } = streams.encode(bodyOf(value, [9, 100_000]), context)
      const bytes = await bytesOf(body)
      expect(areSame(await bytesOf(streams.decode(bodyOf(bytes), mark, context)), value)).toBe(true)
      const given: Uint8Array[] = []
      const harmed = flipped(bytes, (PIECE_BYTES + 500) * 8)
      const failure = await failureOf(async () => {
        for await (const part of streams.decode(bodyOf(harmed), mark, context)) given.push(part)
      })
      expect(failure.code).toBe('CORRUPT')
      const all = new Uint8Array(Buffer.concat(given))
      expect(areSame(all, value.subarray(0, all.length))).toBe(true)
    }
  })
})
