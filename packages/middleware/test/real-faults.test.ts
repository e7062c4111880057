import { redis } from '@cachette/adapter-redis'
import { type FaultProxy, faultProxy } from '@cachette/conformance/proxy'
import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import { type AnyLayer, type Cache, createCache } from '@cachette/core'
import { bulkhead } from '@cachette/middleware/bulkhead'
import { circuitBreaker } from '@cachette/middleware/circuit-breaker'
import { retry } from '@cachette/middleware/retry'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'

let server: RedisServer
let proxy: FaultProxy
let cache: Cache<string>

beforeAll(async () => {
  server = await redisServer()
})
beforeEach(async () => {
  proxy = await faultProxy({ to: server, seed: 1 })
})
afterEach(async () => {
  server.resume()
  await cache.close()
  await proxy.stop()
  await server.command('FLUSHALL')
})
afterAll(() => server.stop())

/** A cache over the server, by way of the proxy. */
function open(...use: readonly AnyLayer[]): Cache<string> {
  cache = createCache<string>({ store: redis({ connection: { host: '127.0.0.1', port: proxy.port } }), use })
  return cache
}

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Again and again, as people do, until it has an answer. */
async function untilItWorks(work: () => Promise<unknown>, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs
  for (;;) {
    const isDone = await work().then(
      () => true,
      (error: unknown) => {
        if (performance.now() > end) throw error
        return false
      },
    )
    if (isDone) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

describe('circuitBreaker over a server that hangs', () => {
  it('opens, answers at once meanwhile, and is closed within 2 s of its return', { timeout: 30_000 }, async () => {
    const breaker = circuitBreaker({ openMs: 500 })
    open(breaker)
    await cache.set('k', 'v')
    server.pause()
    await Promise.all(Array.from({ length: 10 }, (_, index) => failureOf(() => cache.get(`${index}`))))
    expect(breaker.status).toBe('open')

    const loads: number[] = []
    const until = performance.now() + 300
    while (performance.now() < until) {
      loads.push(await timed(async () => expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded')))
    }
    expect(breaker.status).toBe('open')
    expect(median(loads)).toBeLessThan(10)

    server.resume()
    await untilItWorks(() => cache.get('k'), 2_000)
    expect(breaker.status).toBe('closed')
    expect(await cache.get('k')).toBe('v')
  })
})

describe('circuitBreaker over a server that is gone', () => {
  it('opens, stays open while probes fail, and is closed within 2 s of its return', { timeout: 30_000 }, async () => {
    const breaker = circuitBreaker({ openMs: 100 })
    const statuses: string[] = []
    breaker.onChange(({ to }) => statuses.push(to))
    open(retry(), breaker)
    await cache.set('k', 'v')
    await proxy.fault({ kind: 'refuse' })
    const end = performance.now() + 1_000
    while (performance.now() < end && statuses.length < 5) await failureOf(() => cache.get('k'))
    expect(statuses.slice(0, 5)).toEqual(['open', 'half-open', 'open', 'half-open', 'open'])
    await proxy.heal()
    await untilItWorks(() => cache.get('k'), 2_000)
    expect(breaker.status).toBe('closed')
  })
})

describe('retry over connections that are cut', () => {
  it('gives what was asked, where without it there is a failure', { timeout: 30_000 }, async () => {
    open()
    await cache.set('k', 'v')
    await proxy.fault({ kind: 'reset', times: 1 })
    expect(await failureOf(() => cache.get('k'))).toMatchObject({ code: 'UNAVAILABLE', retry: 'yes' })
    await cache.close()

    await proxy.heal()
    open(retry({ attempts: 5 }))
    await cache.get('k')
    await proxy.fault({ kind: 'reset', times: 1 })
    expect(await cache.get('k')).toBe('v')
  })

  it('does in doubt what may be done twice, and asks what became of the rest', { timeout: 30_000 }, async () => {
    open(retry({ attempts: 5 }))
    // The server does what it is told, and its answer is cut off.
    const lost = () => proxy.fault({ kind: 'cut', times: 1 })
    await cache.get('warm')
    await lost()
    await cache.set('set', 'v')
    await lost()
    expect(await cache.add('added', 'mine')).toBe(true)
    await lost()
    expect(await failureOf(() => cache.delete('added'))).toMatchObject({ retry: 'exhausted', outcome: 'unknown' })
    await proxy.heal()
    expect(await cache.getMany(['set', 'added'])).toEqual(['v', undefined])
  })
})

describe('bulkhead over a server that is slow', () => {
  it('keeps so many under way and so many waiting, and turns the rest away', { timeout: 30_000 }, async () => {
    const layer = bulkhead({ maxConcurrent: 4, maxQueued: 8 })
    open(layer)
    await cache.get('warm')
    await proxy.fault({ kind: 'delay', ms: 50 })
    let most = 0
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const work = cache.get(`${index}`).then(
          () => 'done',
          (error: unknown) => String(error).split(':')[1]?.trim(),
        )
        most = Math.max(most, layer.active)
        const outcome = await work
        most = Math.max(most, layer.active)
        return outcome
      }),
    )
    expect(most).toBe(4)
    expect(outcomes.slice(0, 12)).toEqual(Array(12).fill('done'))
    expect(outcomes.slice(12)).toEqual(Array(8).fill('REJECTED'))
    expect([layer.active, layer.queued]).toEqual([0, 0])
  })
})
