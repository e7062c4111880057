import { memory } from '@cachette/adapter-memory'
import { CacheError, createCache, type ErrorCode, manualClock } from '@cachette/core'
import {
  type BreakerChange,
  type CircuitBreaker,
  type CircuitBreakerOptions,
  circuitBreaker,
} from '@cachette/middleware/circuit-breaker'
import { retry } from '@cachette/middleware/retry'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { type Bench, bench, inTime, turns } from './support/remote.js'

/** Reads that fail with this, as many as asked. */
async function fail(at: Bench, times: number, code: ErrorCode = 'UNAVAILABLE'): Promise<void> {
  at.remote.meets = () => ({
    before() {
      throw new CacheError(code, 'as the test wants it')
    },
  })
  for (let time = 0; time < times; time += 1) await failureOf(() => at.store.read(['a'], at.call()))
  at.remote.meets = () => undefined
}

const quick: CircuitBreakerOptions = { minCalls: 2, windowCalls: 2, openMs: 100 }

const opened = async (options: CircuitBreakerOptions = quick): Promise<{ at: Bench; breaker: CircuitBreaker }> => {
  const breaker = circuitBreaker(options)
  const at = bench([breaker])
  await fail(at, 2)
  expect(breaker.status).toBe('open')
  return { at, breaker }
}

describe('circuitBreaker', () => {
  it('turns calls of every verb away at once, and says when to come again', async () => {
    const { at } = await opened()
    at.clock.advance(30)
    at.remote.log.length = 0
    const { store, call, put } = at
    const list = async (): Promise<void> => {
      for await (const page of store.scan('', call())) void page
    }
    const verbs = [
      () => store.read(['a'], call()),
      () => store.write([put('a')], call()),
      () => store.clear('', call()),
    ]
    for (const run of [...verbs, list]) {
      expect(await failureOf(run)).toMatchObject({
        code: 'REJECTED',
        source: 'circuitBreaker',
        retry: 'exhausted',
        outcome: 'none',
        details: { status: 'open', retryAfterMs: 70 },
      })
    }
    for (const run of verbs) expect(run).toThrow('the circuit breaker is open')
    expect(at.remote.log).toEqual([])
  })

  it('lets one call try, and is closed again if that succeeds', async () => {
    const { at, breaker } = await opened()
    at.clock.advance(100)
    let answer = (): void => undefined
    at.remote.meets = () => ({ before: () => new Promise((resolve) => (answer = resolve)) })
    const probe = at.store.read(['a'], at.call())
    expect(breaker.status).toBe('half-open')
    expect(() => at.store.read(['b'], at.call())).toThrow('the circuit breaker is half-open')
    answer()
    await probe
    expect(breaker.status).toBe('closed')
    at.remote.meets = () => undefined
    await at.store.read(['b'], at.call())
  })

  it('lets another try where the first was aborted, or asked what cannot be', async () => {
    const { at, breaker } = await opened()
    at.clock.advance(100)
    at.remote.meets = () => ({ before: () => new Promise(() => undefined) })
    const abort = new AbortController()
    const probe = Promise.resolve(at.store.read(['a'], at.call({ signal: abort.signal })))
    abort.abort()
    expect(await failureOf(() => probe)).toMatchObject({ code: 'ABORTED' })
    await turns()
    expect(breaker.status).toBe('half-open')
    await fail(at, 1, 'TOO_LARGE')
    expect(breaker.status).toBe('half-open')
    await fail(at, 1, 'READ_ONLY')
    expect(breaker.status).toBe('closed')
  })

  it.each<[ErrorCode, 'open' | 'closed']>([
    ['UNAVAILABLE', 'open'],
    ['TIMEOUT', 'open'],
    ['BACKEND', 'open'],
    ['FULL', 'closed'],
    ['TOO_LARGE', 'closed'],
    ['INVALID_VALUE', 'closed'],
    ['CORRUPT', 'closed'],
    ['REJECTED', 'closed'],
    ['BUSY', 'closed'],
  ])('after failures with %s is %s', async (code, status) => {
    const breaker = circuitBreaker(quick)
    await fail(bench([breaker]), 2, code)
    expect(breaker.status).toBe(status)
  })

  it('counts what it is told to, and survives being told nonsense', async () => {
    const breaker = circuitBreaker({ ...quick, failed: ({ code }) => code === 'FULL' })
    const at = bench([breaker])
    await fail(at, 2)
    expect(breaker.status).toBe('closed')
    await fail(at, 2, 'FULL')
    expect(breaker.status).toBe('open')
    at.clock.advance(100)
    breaker.configure({
      failed: () => {
        throw new CacheError('INVALID_OPTION', 'a mistake')
      },
    })
    at.remote.meets = () => ({
      before() {
        throw new CacheError('UNAVAILABLE', 'away')
      },
    })
    expect(await failureOf(() => at.store.read(['a'], at.call()))).toMatchObject({
      message: 'INVALID_OPTION: a mistake',
    })
    at.remote.meets = () => undefined
    await at.store.read(['a'], at.call())
    expect(breaker.status).toBe('closed')
  })

  it('counts the calls of all caches that it stands in, and tells whoever listens', async () => {
    const breaker = circuitBreaker(quick)
    const changes: BreakerChange[] = []
    const stop = breaker.onChange((change) => changes.push(change))
    breaker.onChange(() => {
      stop()
      breaker.reset()
    })
    await fail(bench([breaker]), 1)
    await fail(bench([breaker]), 1)
    expect(changes).toEqual([{ from: 'closed', to: 'open', cause: 'failures', calls: 2, failed: 2, slow: 0 }])
    expect(breaker.status).toBe('closed')
  })

  it('is opened by hand, also before its first call and for good', async () => {
    const clock = manualClock()
    const breaker = circuitBreaker({ openMs: 100 })
    breaker.trip()
    const cache = createCache<string>({ store: memory(), clock, use: [breaker] })
    expect(await failureOf(() => cache.get('a'))).toMatchObject({ code: 'REJECTED' })
    clock.advance(99)
    expect(await failureOf(() => cache.get('a'))).toMatchObject({ code: 'REJECTED' })
    clock.advance(1)
    expect(await cache.get('a')).toBe(undefined)
    breaker.trip(Infinity)
    clock.advance(1e12)
    expect(await failureOf(() => cache.get('a'))).toMatchObject({ details: { retryAfterMs: Infinity } })
    expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded')
    breaker.reset()
    expect(() => breaker.trip(0)).toThrow('trip: expected a positive number of milliseconds, got 0')
    expect(cache.sync.get('a')).toBe(undefined)
    await cache.close()
  })

  it('is not asked again and again by a retry around it', async () => {
    const breaker = circuitBreaker(quick)
    const at = bench([retry({ attempts: 9, baseMs: 0 }), breaker])
    at.remote.meets = () => ({
      before() {
        throw new CacheError('UNAVAILABLE', 'away')
      },
    })
    expect(await failureOf(() => inTime(at.clock, at.store.read(['a'], at.call())))).toMatchObject({ code: 'REJECTED' })
    expect(at.remote.log).toHaveLength(2)
  })

  it('changes its settings while it runs, as a whole or not at all', async () => {
    const breaker = circuitBreaker({ minCalls: 10, openMs: 100 })
    const at = bench([breaker])
    await fail(at, 3)
    expect(() => breaker.configure({ minCalls: 1, failureRate: 2 })).toThrow(
      'expected failureRate to be a number above 0',
    )
    await fail(at, 1)
    expect(breaker.status).toBe('closed')
    breaker.configure({ minCalls: 5 })
    await fail(at, 1)
    expect(breaker.status).toBe('open')
  })

  it.each<[CircuitBreakerOptions, string]>([
    [{ failureRate: 0 }, 'expected failureRate to be a number above 0 and up to 1, got 0'],
    [{ minCalls: 30 }, 'expected minCalls to be at most windowCalls, got 30 of 20'],
    [{ openMs: 0 }, 'expected openMs to be a positive number'],
    [{ probes: 0.5 }, 'expected probes to be a positive whole number'],
    [{ threshold: 1 } as CircuitBreakerOptions, 'circuitBreaker has no option "threshold"'],
  ])('refuses %o', (options, message) => {
    expect(() => circuitBreaker(options)).toThrow(message)
  })
})
