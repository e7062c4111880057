import { files } from '@cachette/adapter-file'
import { memory } from '@cachette/adapter-memory'
import { createCache, type Found, manualClock, newCall } from '@cachette/core'
import { JITTER_DEFAULTS, type JitterOptions, jitter } from '@cachette/middleware/jitter'
import { ttl } from '@cachette/middleware/ttl'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf } from './support/bytes.js'
import { failureOf } from './support/failures.js'
import { temporary } from './support/folders.js'
import { seeded } from './support/seeded.js'

const NOW = 1_000_000

function jittered(options: JitterOptions, random = () => 0.5) {
  const clock = manualClock(NOW)
  const store = memory({ copies: true, clock })
  const layer = jitter({ random, ...options })
  const cache = createCache<string>({ store, clock, use: [layer] })
  const found = async (key = 'a'): Promise<Found> => {
    const [entry] = await store.read([key], newCall(clock.now(), { show: 'all' }))
    return entry ?? expect.unreachable()
  }
  return { clock, cache, layer, found }
}

describe('lifetimes', () => {
  it('lose a part by chance, and phases stay in order; none gets longer, or shorter than it may', async () => {
    const ms = fc.integer({ min: 1, max: 1_000_000 })
    const some = fc.record({
      ttlMs: fc.oneof(ms, fc.constant(Infinity)),
      fresh: fc.double({ min: 0.01, max: 1, noNaN: true }),
      graceMs: fc.oneof(fc.constant(0), ms),
      fraction: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      minMs: fc.oneof(fc.constant(0), ms),
      drawn: fc.double({ min: 0, max: 0.999, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(some, async ({ ttlMs, fresh, graceMs, fraction, minMs, drawn }) => {
        const freshMs = ttlMs === Infinity ? 5_000 : ttlMs * fresh
        const { cache, found } = jittered({ fraction, minMs }, () => drawn)
        await cache.set('a', 'x', { ttlMs, freshMs, graceMs })
        const { createdAt, staleAt, expiresAt, keptUntil } = await found()
        expect(createdAt).toBe(NOW)
        const within = (at: number, was: number): void => {
          const least = Math.min(was, Math.max(was * (1 - fraction), minMs))
          expect(at - NOW).toBeLessThanOrEqual(was + 1e-6)
          expect(at - NOW).toBeGreaterThanOrEqual(least - 1e-6)
        }
        within(expiresAt, ttlMs)
        within(staleAt, freshMs)
        expect(staleAt).toBeLessThanOrEqual(expiresAt)
        expect(keptUntil).toBe(expiresAt === Infinity ? Infinity : expiresAt + graceMs)
        await cache.close()
      }),
      { numRuns: 300 },
    )
  })

  it('of entries that are written together end apart', async () => {
    const { random, seed } = seeded()
    const { cache, clock } = jittered({ fraction: 0.5 }, random)
    await cache.setMany(
      Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 'x'] as const),
      { ttlMs: 10_000 },
    )
    const left: number[] = []
    for (let ms = 5_000; ms <= 10_000; ms += 1_000) {
      clock.advance(NOW + ms - clock.now())
      let count = 0
      for await (const _ of cache.keys()) count += 1
      left.push(count)
    }
    // Evenly spread, a fifth of them ends in each second.
    for (const [index, count] of left.entries()) {
      expect(Math.abs(count - (1_000 - index * 200)), `seed ${seed}`).toBeLessThan(80)
    }
    await cache.close()
  })

  it('that are given anew by a touch, or are kept by an update, are left alone', async () => {
    const { cache, clock, found } = jittered({ fraction: 0.5 })
    await cache.set('a', 'x', { ttlMs: 1_000 })
    const { expiresAt } = await found()
    expect(expiresAt).toBe(NOW + 750)
    clock.advance(1)
    for (let index = 0; index < 5; index += 1) await cache.update('a', (value) => `${value}x`)
    expect((await found()).expiresAt).toBe(expiresAt)
    await cache.touch('a', { ttlMs: 2_000 })
    expect((await found()).expiresAt).toBe(NOW + 2_001)
    await cache.update('a', () => 'anew', { ttlMs: 1_000 })
    expect((await found()).expiresAt).toBe(NOW + 751)
    await cache.close()
  })

  it('of what is loaded are spread too', async () => {
    const { cache, found } = jittered({ fraction: 0.5 })
    await cache.getOrSet('a', () => 'loaded', { ttlMs: 1_000 })
    await cache.getOrSetMany(['b'], (missing) => new Map(missing.map((key) => [key, 'loaded'])), { ttlMs: 1_000 })
    await cache.get('a')
    expect((await found('a')).expiresAt).toBe(NOW + 750)
    expect((await found('b')).expiresAt).toBe(NOW + 750)
    await cache.close()
  })

  it('of streams are spread too', async () => {
    const clock = manualClock(NOW)
    const store = files({ path: temporary(), clock })
    const cache = createCache({ store, clock, use: [jitter({ fraction: 0.5, random: () => 0.5 })] })
    await cache.setStream('a', bodyOf(new Uint8Array(9)), { ttlMs: 1_000 })
    clock.advance(749)
    expect(await new Response((await cache.getStream('a')) ?? null).arrayBuffer()).toHaveProperty('byteLength', 9)
    clock.advance(1)
    expect(await cache.getStream('a')).toBeUndefined()
    await cache.close()
  })
})

describe('jitter', () => {
  it('checks its options as a whole, and changes them while it runs', async () => {
    const { layer, cache, found } = jittered({})
    const wrong: readonly JitterOptions[] = [
      { fraction: 0 },
      { fraction: 1 },
      { minMs: -1 },
      { random: 1 as never },
      { franction: 0.5 } as object,
      { fraction: 0.5, minMs: Number.NaN },
    ]
    for (const options of wrong) {
      expect((await failureOf(() => jitter(options))).code).toBe('INVALID_OPTION')
      expect((await failureOf(() => layer.configure(options))).code).toBe('INVALID_OPTION')
    }
    expect(layer.settings).toMatchObject({ fraction: JITTER_DEFAULTS.fraction, minMs: 0 })
    layer.configure({ fraction: 0.8 })
    await cache.set('a', 'x', { ttlMs: 1_000 })
    expect((await found()).expiresAt).toBe(NOW + 600)
    await cache.close()
  })

  it('stands inside ttl', async () => {
    const make = () => createCache({ store: memory(), use: [jitter(), ttl({ rules: [{ keys: '*', ttlMs: 1 }] })] })
    expect((await failureOf(make)).message).toContain('write use: [ttl(), jitter()]')
  })
})
