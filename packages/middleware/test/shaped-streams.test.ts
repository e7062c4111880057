import { randomBytes } from 'node:crypto'
import { files } from '@cachette/adapter-file'
import { createCache, json, manualClock, newCall } from '@cachette/core'
import { checksum } from '@cachette/middleware/checksum'
import { compression } from '@cachette/middleware/compression'
import { encryption } from '@cachette/middleware/encryption'
import { describe, expect, it } from 'vitest'
import { areSame, bodyOf, bytesOf, flipped, noise } from './support/bytes.js'
import { failureOf } from './support/failures.js'
import { temporary } from './support/folders.js'

function streaming() {
  const clock = manualClock(1_000_000)
  const store = files({ path: temporary(), clock })
  const keys = { current: { id: 'a', secret: randomBytes(32) } }
  const encode = [json(), compression(), encryption({ keys }), checksum()] as const
  return { clock, store, cache: createCache({ store, clock, encode }) }
}

describe('a stream through compression, encryption and a checksum', () => {
  it('is a tenth as long at rest, and comes back as it was', async () => {
    const { cache, store } = streaming()
    const value = noise(3_000_000, 2, 7).map((byte, index) => (index % 50 < 45 ? 0 : byte))
    await cache.setStream('a', bodyOf(value, [1, 500_000]), { ttlMs: 60_000, tags: ['t'] })
    const [found] = await store.read(['a'], newCall(1_000_000, { want: 'header' }))
    expect(found?.size).toBeLessThan(value.length / 5)
    expect(found?.marks).toEqual({
      codec: 'stream',
      compression: 'deflate',
      encryption: 'aes-256-gcm/a',
      checksum: 'crc32',
    })
    const body = await cache.getStream('a')
    if (body === undefined) return expect.unreachable()
    expect(areSame(await bytesOf(body), value)).toBe(true)
    expect((await failureOf(() => cache.get('a'))).message).toMatch(/read it with getStream/)
    expect(await cache.has('a')).toBe(true)
    expect((await failureOf(() => cache.touch('a'))).code).toBe('UNSUPPORTED')
    await cache.close()
  })

  it('that was moved to another key, or given another lifetime, gives nothing', async () => {
    const { cache, store } = streaming()
    await cache.setStream('a', bodyOf(noise(1_000, 3, 1)), { ttlMs: 60_000 })
    const call = newCall(1_000_000)
    const read = await store.streams?.read('a', call)
    if (read === undefined) return expect.unreachable()
    const bytes = await bytesOf(read.body)
    const forged = [
      { key: 'b', header: read.header, bytes },
      { key: 'c', header: { ...read.header, expiresAt: Infinity, keptUntil: Infinity }, bytes },
      { key: 'd', header: read.header, bytes: flipped(bytes, 900) },
    ]
    for (const { key, header, bytes: body } of forged) {
      await store.streams?.write({ key, header: { ...header, size: 0 } }, bodyOf(body), call)
      const stream = await cache.getStream(key)
      if (stream === undefined) return expect.unreachable()
      expect((await failureOf(() => bytesOf(stream))).code).toBe('CORRUPT')
    }
    await cache.close()
  })

  it('that is not sealed is refused', async () => {
    const { cache, store, clock } = streaming()
    const plain = createCache({ store, clock })
    await plain.setStream('a', bodyOf(noise(10, 3, 1)))
    expect(await cache.getStream('a')).toBeUndefined()
    await plain.close()
    await cache.close()
  })
})
