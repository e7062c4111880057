import { deflateRawSync } from 'node:zlib'
import { memory } from '@cachette/adapter-memory'
import { type Bytes, createCache, isCacheError, json, newCall } from '@cachette/core'
import {
  type AlgorithmName,
  COMPRESSION_DEFAULTS,
  type CompressionOptions,
  compression,
} from '@cachette/middleware/compression'
import { encryption } from '@cachette/middleware/encryption'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PIECE_BYTES } from '../src/records.js'
import { areSame, bodyOf, bytesAround, bytesOf, context, flipped, noise, roundTrip } from './support/bytes.js'
import { failureOf } from './support/failures.js'

const HERE = ['brotli', 'deflate', 'gzip', 'lz4'] as const satisfies readonly AlgorithmName[]

const algorithms = fc.constantFrom(...HERE)

const ready = { asyncAboveBytes: Infinity } as const

/** What it is stored as; itself where it was left alone. */
async function stored(value: Bytes, options: CompressionOptions = {}): Promise<{ value: Bytes; mark: unknown }> {
  return (
    (await compression({ thresholdBytes: 0, ...options }).coding.encode(value, context)) ?? { value, mark: undefined }
  )
}

/** How long what comes of it is, or how it fails. */
async function outcomeOf(run: () => Bytes | Promise<Bytes>): Promise<unknown> {
  try {
    return (await run()).length
  } catch (error) {
    return isCacheError(error) ? error.code : error
  }
}

const original = (length: number): Bytes => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length, true)
  return bytes
}

const joined = (...parts: readonly Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts))

describe('a value', () => {
  it('comes back as it was by every algorithm, of any length, at once or later', async () => {
    const thresholds = fc.constantFrom(0, 1, 512, 2_000)
    const limits = fc.constantFrom(0, 700, Infinity)
    await fc.assert(
      fc.asyncProperty(
        algorithms,
        thresholds,
        limits,
        bytesAround(512, 700, 2_000),
        async (algorithm, thresholdBytes, asyncAboveBytes, value) => {
          const { coding } = compression({ algorithm, thresholdBytes, asyncAboveBytes })
          const before = value.slice()
          const encoded = await coding.encode(value, context)
          expect(areSame(value, before)).toBe(true)
          if (value.length < thresholdBytes) expect(encoded).toBeUndefined()
          if (encoded === undefined) return
          expect(encoded.value.length).toBeLessThanOrEqual(value.length)
          const asStored = encoded.value.slice()
          const decoded = await coding.decode(encoded.value, encoded.mark, context)
          expect(areSame(decoded, value)).toBe(true)
          // Nobody's bytes are anybody else's.
          value.fill(1)
          expect(areSame(encoded.value, asStored)).toBe(true)
          expect(areSame(decoded, before)).toBe(true)
          expect(Object.getPrototypeOf(decoded)).toBe(Uint8Array.prototype)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('comes back by every level', async () => {
    const levels = { brotli: [0, 11], deflate: [1, 9], gzip: [1, 9], lz4: [0, 0] } as const
    const value = noise(5_000, 5, 1)
    for (const algorithm of HERE) {
      for (const level of levels[algorithm]) {
        expect(areSame(await roundTrip(compression({ algorithm, level }).coding, value), value)).toBe(true)
      }
    }
    expect((await stored(value, { algorithm: 'gzip', level: 9 })).value.length).toBeLessThan(
      (await stored(value, { algorithm: 'gzip', level: 1 })).value.length,
    )
  })

  it('that does not get shorter is left as it is', async () => {
    for (const algorithm of HERE) {
      expect((await stored(noise(4_000, 256, 1), { algorithm, ...ready })).mark).toBeUndefined()
      expect((await stored(new Uint8Array(0), { algorithm, ...ready })).mark).toBeUndefined()
    }
  })

  it('that its owner changes while threads look at it is stored as it was', async () => {
    for (const variety of [3, 256]) {
      const value = noise(4_000, variety, 1)
      const before = value.slice()
      const { coding } = compression({ asyncAboveBytes: 0 })
      const encoding = coding.encode(value, context)
      value.fill(7)
      const encoded = await encoding
      expect(encoded?.mark).toBe(variety === 3 ? 'deflate' : 'none')
      if (encoded === undefined) return
      expect(areSame(await coding.decode(encoded.value, encoded.mark, context), before)).toBe(true)
    }
  })

  it('is compressed at once up to a length, and on other threads above', () => {
    const { coding } = compression({ asyncAboveBytes: 1_000 })
    expect(coding.encode(noise(1_000, 3, 1), context)).not.toBeInstanceOf(Promise)
    expect(coding.encode(noise(1_001, 3, 1), context)).toBeInstanceOf(Promise)
  })

  it('stays readable, whatever is configured later', async () => {
    const layer = compression({ ...ready, thresholdBytes: 0 })
    const cache = createCache<string>({ store: memory({ copies: true }), encode: [json(), layer] })
    const text = 'the same again and again. '.repeat(40)
    for (const algorithm of HERE) {
      layer.configure({ algorithm })
      await cache.set(algorithm, algorithm + text)
    }
    layer.configure({ thresholdBytes: 100_000 })
    await cache.set('raw', text)
    layer.configure({ algorithm: 'deflate', level: 9, asyncAboveBytes: Infinity })
    for (const algorithm of HERE) expect(cache.sync.get(algorithm)).toBe(algorithm + text)
    expect(await cache.get('raw')).toBe(text)
    await cache.close()
  })
})

describe('what is stored is not taken on trust', () => {
  const damaged = async (bytes: Bytes, mark: string, options: CompressionOptions = ready) =>
    (await failureOf(() => compression(options).coding.decode(bytes, mark, context))).code

  it('a length past the limit, none at all, or that of another value is damage', async () => {
    for (const algorithm of HERE) {
      const { value, mark } = await stored(noise(3_000, 3, 1), { algorithm, ...ready })
      const body = value.subarray(4)
      for (const length of [0, 1, 2_999, 3_001, 0x7fff_ffff, 0xffff_ffff]) {
        expect(await damaged(joined(original(length), body), String(mark))).toBe('CORRUPT')
      }
      expect(await damaged(value, String(mark), { ...ready, maxBytes: 2_999 })).toBe('CORRUPT')
      for (const end of [0, 3, 4, 9]) expect(await damaged(value.subarray(0, end), String(mark))).toBe('CORRUPT')
    }
    expect(await damaged(joined(original(9), new Uint8Array(9)), 'rot13')).toBe('CORRUPT')
  })

  it('a bomb ends where its length says, and takes no more memory', async () => {
    const bomb = deflateRawSync(new Uint8Array(128 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    const code = await damaged(joined(original(1_000), bomb), 'deflate')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
    expect(code).toBe('CORRUPT')
  })

  it('a length that is forged takes no memory that nothing fills', async () => {
    const few = (await stored(noise(600, 3, 1), ready)).value.subarray(4)
    const forged = joined(original(60 * 1024 * 1024), few)
    for (const mark of ['br', 'deflate', 'gzip', 'lz4']) {
      const before = process.memoryUsage().arrayBuffers
      await failureOf(() => compression(ready).coding.decode(forged, mark, context))
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
    }
  })

  it('damage is never more than an absent value', async () => {
    const { coding } = compression(ready)
    const value = noise(2_000, 4, 9)
    const { value: bytes, mark } = await stored(value, ready)
    for (let bit = 0; bit < 400; bit += 1) {
      const got = await outcomeOf(() => coding.decode(flipped(bytes, bit * 7), String(mark), context))
      // What else a flipped bit may come to is for a checksum to find.
      expect(got === 'CORRUPT' || got === value.length).toBe(true)
    }
  })

  it('a damaged value is absent, told and reclaimed', async () => {
    const store = memory({ copies: true })
    const cache = createCache<string>({ store, encode: [json(), compression({ ...ready, thresholdBytes: 0 })] })
    const told: string[] = []
    cache.on('damage', ({ key, error }) => told.push(`${key} ${error?.code}`))
    await cache.set('a', 'again '.repeat(100))
    const [found] = await store.read(['a'], newCall(Date.now()))
    if (found?.value === undefined) return expect.unreachable()
    const entry = { ...found, value: found.value.subarray(0, 8) }
    await store.write([{ key: 'a', entry, version: entry.version }], newCall(Date.now()))
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.has('a')).toBe(false)
    expect(told).toEqual(['a CORRUPT'])
    expect(await store.read(['a'], newCall(Date.now(), { show: 'all' }))).toEqual([undefined])
    await cache.close()
  })
})

describe('a dictionary', () => {
  const record = (index: number): Bytes =>
    new TextEncoder().encode(
      JSON.stringify({ id: index, name: `Number ${index}`, city: ['Paris', 'Rome'][index % 2], on: true }),
    )
  const dictionary = joined(...Array.from({ length: 10 }, (_, index) => record(index * 3)))

  it('makes short values that are alike much shorter, and every value comes back', async () => {
    const { coding } = compression({ ...ready, thresholdBytes: 0, dictionaries: [dictionary] })
    const [plain, shorter] = [await stored(record(77), ready), await coding.encode(record(77), context)]
    expect(shorter?.value.length).toBeLessThan(plain.value.length / 2)
    expect(shorter?.mark).toMatch(/^deflate\/[0-9a-f]{1,8}$/)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, Infinity), bytesAround(), async (asyncAboveBytes, value) => {
        const other = compression({ asyncAboveBytes, thresholdBytes: 0, dictionaries: [dictionary] })
        expect(areSame(await roundTrip(other.coding, value), value)).toBe(true)
        if (other.coding.streams === undefined) return
        const { body, mark } = other.coding.streams.encode(bodyOf(value), context)
        expect(areSame(await bytesOf(other.coding.streams.decode(body, mark, context)), value)).toBe(true)
      }),
    )
  })

  it('is told by its bytes, and its values fail to be read without it, and stay', async () => {
    const store = memory({ copies: true })
    const layer = compression({ ...ready, thresholdBytes: 0, dictionaries: [dictionary] })
    const cache = createCache<Bytes>({ store, encode: [json(), layer] })
    await cache.set('a', record(5))
    const first = dictionary.slice()
    dictionary.fill(0)
    expect(await cache.get('a')).toEqual(record(5))
    layer.configure({ dictionaries: [dictionary] })
    expect((await failureOf(() => cache.get('a'))).code).toBe('UNSUPPORTED')
    expect(await cache.has('a')).toBe(true)
    layer.configure({ dictionaries: [dictionary, first] })
    expect(await cache.get('a')).toEqual(record(5))
    layer.configure({ algorithm: 'brotli' })
    await cache.set('b', record(6))
    expect(await cache.getMany(['a', 'b'])).toEqual([record(5), record(6)])
    await cache.close()
  })

  it('is of a length that is of use', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(32_769), 'text' as never]) {
      expect((await failureOf(() => compression({ dictionaries: [bytes] }))).code).toBe('INVALID_OPTION')
    }
    expect((await failureOf(() => compression({ dictionaries: dictionary as never }))).code).toBe('INVALID_OPTION')
  })
})

describe('a stack', () => {
  it('answers without promises where nothing goes to other threads', async () => {
    const store = () => memory({ copies: true })
    const waiting = createCache<string>({ store: store(), encode: [json(), compression()] })
    expect((await failureOf(() => waiting.sync.get('a'))).code).toBe('UNSUPPORTED')
    const direct = createCache<string>({ store: store(), encode: [json(), compression(ready)] })
    direct.sync.set('a', 'x'.repeat(300_000))
    expect(direct.sync.get('a')).toHaveLength(300_000)
    await waiting.close()
    await direct.close()
  })

  it('with what encrypts in front of it is refused', async () => {
    const secret = new Uint8Array(32)
    const encode = [json(), encryption({ keys: { current: { id: 'a', secret } } }), compression()] as const
    const failure = await failureOf(() => createCache({ store: memory({ copies: true }), encode }))
    expect(failure.message).toContain('write encode: [json(), compression(), encryption()]')
  })
})

describe('options', () => {
  it('are checked at construction, and as a whole when they change', async () => {
    const wrong: readonly [CompressionOptions, RegExp][] = [
      [{ algorithm: 'rar' as 'lz4' }, /expected algorithm to be 'brotli' or 'deflate'/],
      [{ level: 10 }, /expected a level of deflate from 1 to 9, got 10/],
      [{ level: 0.5 }, /a whole number/],
      [{ algorithm: 'lz4', level: 3 }, /expected a level of lz4 from 0 to 0, got 3/],
      [{ algorithm: 'brotli', level: 12 }, /from 0 to 11/],
      [{ thresholdBytes: -1 }, /thresholdBytes/],
      [{ asyncAboveBytes: Number.NaN }, /asyncAboveBytes/],
      [{ maxBytes: 2 ** 31 }, /from 1 to 2147483647/],
      [{ tresholdBytes: 1 } as object, /did you mean "thresholdBytes"/],
      [null as unknown as object, /as an object/],
    ]
    const layer = compression({ level: 3 })
    for (const [options, message] of wrong) {
      expect((await failureOf(() => compression(options))).message).toMatch(message)
      expect((await failureOf(() => layer.configure(options))).message).toMatch(message)
    }
    expect((await failureOf(() => layer.configure({ algorithm: 'gzip', maxBytes: 0 }))).code).toBe('INVALID_OPTION')
    expect(layer.settings).toEqual({ ...COMPRESSION_DEFAULTS, level: 3 })
    layer.configure({ algorithm: 'gzip' })
    expect(layer.settings).toEqual({ ...COMPRESSION_DEFAULTS, algorithm: 'gzip', level: 6 })
    layer.configure({ level: 2 })
    layer.configure({ thresholdBytes: 9 })
    expect(layer.settings).toMatchObject({ algorithm: 'gzip', level: 2, thresholdBytes: 9 })
  })

  it('that would make a ready layer wait are refused once it stands', async () => {
    const layer = compression(ready)
    expect((await failureOf(() => layer.configure({ asyncAboveBytes: 9 }))).message).toMatch(/cache.sync counts on it/)
    expect(layer.settings.asyncAboveBytes).toBe(Infinity)
    compression().configure({ asyncAboveBytes: Infinity })
  })
})

describe('a stream', () => {
  it('comes back as it was by every algorithm', async () => {
    const lengths = [0, 1, 600, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 9]
    for (const algorithm of HERE) {
      for (const length of lengths) {
        for (const variety of [3, 256]) {
          const { streams } = compression({ algorithm, asyncAboveBytes: length % 2 === 0 ? 0 : Infinity }).coding
          const value = noise(length, variety, length)
          if (streams === undefined) return expect.unreachable()
          const { body, mark } = streams.encode(bodyOf(value, [5, 700, 90_000]), context)
          const bytes = await bytesOf(body)
          if (length > 1_000 && variety === 3) expect(bytes.length).toBeLessThan(length * 0.6)
          expect(areSame(await bytesOf(streams.decode(bodyOf(bytes, [1, 44]), mark, context)), value)).toBe(true)
        }
      }
    }
  })

  it('that hides a bomb in a piece ends there', async () => {
    const { streams } = compression().coding
    const bomb = joined(original(1_000), deflateRawSync(new Uint8Array(64 * 1024 * 1024)))
    const piece = joined(Uint8Array.of(1), bomb)
    const head = new Uint8Array(4)
    new DataView(head.buffer).setUint32(0, piece.length + 0x8000_0000)
    const body = streams?.decode(bodyOf(joined(head, piece)), 'deflate', context)
    if (body === undefined) return expect.unreachable()
    const before = process.memoryUsage().arrayBuffers
    await failureOf(() => bytesOf(body))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
  })
})
