import * as zlib from 'node:zlib'
import { memory } from '@cachette/adapter-memory'
import { createCache, json, newCall } from '@cachette/core'
import { compression } from '@cachette/middleware/compression'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PIECE_BYTES } from '../src/records.js'
import { areSame, bodyOf, bytesAround, bytesOf, context, noise, roundTrip } from './support/bytes.js'
import { failureOf } from './support/failures.js'

const zstd = { algorithm: 'zstd', thresholdBytes: 0, asyncAboveBytes: Infinity } as const

// Both halves are run: this one by each older Node, the other by each newer one, and by the soak beside this file.
if (!('zstdCompressSync' in zlib)) {
  describe('a Node without zstd', () => {
    it('refuses it at construction, and when it is configured', async () => {
      expect(await failureOf(() => compression(zstd))).toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('this Node has none; it came with 22.15'),
      })
      const layer = compression()
      expect((await failureOf(() => layer.configure({ algorithm: 'zstd' }))).code).toBe('UNSUPPORTED')
      expect(layer.settings.algorithm).toBe('deflate')
    })

    it('fails to read what a newer one wrote, and leaves it there', async () => {
      const store = memory({ copies: true })
      const cache = createCache<string>({ store, encode: [json(), compression({ asyncAboveBytes: Infinity })] })
      await cache.set('a', 'x'.repeat(2_000))
      const [found] = await store.read(['a'], newCall(Date.now()))
      if (found?.value === undefined) return expect.unreachable()
      const entry = { ...found, value: found.value, marks: { ...found.marks, compression: 'zstd' } }
      await store.write([{ key: 'a', entry, version: entry.version }], newCall(Date.now()))
      expect((await failureOf(() => cache.get('a'))).code).toBe('UNSUPPORTED')
      expect(await cache.has('a')).toBe(true)
      await cache.close()
    })
  })
} else {
  describe('a Node with zstd', () => {
    it('brings every value back, at once or later, by every level', async () => {
      const levels = fc.integer({ min: 1, max: 22 })
      const limits = fc.constantFrom(0, Infinity)
      await fc.assert(
        fc.asyncProperty(levels, limits, bytesAround(), async (level, asyncAboveBytes, value) => {
          const { coding } = compression({ ...zstd, level, asyncAboveBytes })
          expect(areSame(await roundTrip(coding, value), value)).toBe(true)
        }),
        { numRuns: 100 },
      )
      const encoded = await compression(zstd).coding.encode(noise(5_000, 3, 1), context)
      expect(encoded).toMatchObject({ mark: 'zstd' })
      expect(encoded?.value.length).toBeLessThan(2_500)
    })

    it('takes no more memory than a length says', async () => {
      const { coding } = compression(zstd)
      const encoded = await coding.encode(new Uint8Array(60_000_000), context)
      if (encoded === undefined) return expect.unreachable()
      new DataView(encoded.value.buffer).setUint32(0, 1_000, true)
      const before = process.memoryUsage().arrayBuffers
      expect((await failureOf(() => coding.decode(encoded.value, 'zstd', context))).code).toBe('CORRUPT')
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024)
    })

    it('streams', async () => {
      const { streams } = compression(zstd).coding
      const value = noise(PIECE_BYTES + 9, 3, 1)
      if (streams === undefined) return expect.unreachable()
      const { body, mark } = streams.encode(bodyOf(value), context)
      expect(areSame(await bytesOf(streams.decode(body, mark, context)), value)).toBe(true)
    })
  })
}
