import { describe, expect, it } from 'vitest'
import { around } from '../../src/around.js'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import type { Codec } from '../../src/codec.js'
import type { Bytes } from '../../src/contract.js'
import { oneLoading, pass, refuseUnhandled, twoProcesses } from '../support/caches.js'
import { stateOf, turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

const LEASE_MS = 3_000

describe('the time of a load', () => {
  it('is its own in full, whatever the lease took', async () => {
    const { a, clock } = twoProcesses<string>()
    a.store.held = true
    const got = a.cache.getOrSet('k', () => new Promise<string>(() => undefined), { hardDeadlineMs: 500 })
    const failed = rejectionOf(got)
    for (let calls = 0; calls < 2; calls += 1) {
      clock.advance(400)
      a.store.pending.shift()?.settle()
      await turns()
    }
    await pass(clock, 450)
    expect(await stateOf(got)).toBe('pending')
    await pass(clock, 100)
    expect(await failed).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('500 ms') })
    await a.store.settleAll()
  })

  it('counts what another process was waited for', async () => {
    const { a, b, clock, source, first } = await oneLoading()
    a.store.held = true
    const second = rejectionOf(
      b.cache.getOrSet('k', () => new Promise<string>(() => undefined), { hardDeadlineMs: LEASE_MS + 1_000 }),
    )
    await turns()
    await pass(clock, LEASE_MS + 1_000)
    expect((await second).code).toBe('TIMEOUT')
    source.resolve('a')
    await a.store.settleAll()
    await first
  })

  it('has its first read and its lease within one deadline', async () => {
    const { a, clock } = twoProcesses<string>()
    a.store.held = true
    const got = a.cache.getOrSet('k', () => 'a')
    clock.advance(800)
    a.store.pending.shift()?.settle()
    await turns()
    clock.advance(200)
    expect(await got).toBe('a')
    expect(a.failures.map(({ code }) => code)).toEqual(['TIMEOUT'])
    await a.store.settleAll()
  })
})

it('a load is written by the time at which its lifetime began, however long its encoding took', async () => {
  const clock = manualClock(1_000)
  const seen: unknown[] = []
  const slow: Codec<string> = {
    name: 'slow',
    encode(value) {
      clock.advance(7)
      return new TextEncoder().encode(value)
    },
    decode: (bytes) => new TextDecoder().decode(bytes),
  }
  const looking = around({
    name: 'looking',
    around(passing, proceed) {
      if (passing.verb === 'write')
        seen.push(...passing.changes.map(({ entry }) => [entry?.createdAt, passing.call.now]))
      return proceed()
    },
  })
  const store = new TestStore<Bytes>({ values: 'bytes' })
  const cache = createCache({ store, clock, encode: [slow], use: [looking] })
  expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
  await turns()
  expect(seen).toEqual([[1_000, 1_000]])
  await cache.close()
})
