import { CacheError, createCache, type ErrorCode, manualClock } from '@cachette/core'
import { circuitBreaker } from '@cachette/middleware/circuit-breaker'
import { type FailOpenOptions, failOpen } from '@cachette/middleware/fail-open'
import { retry } from '@cachette/middleware/retry'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { bench, Remote } from './support/remote.js'

function broken(code: ErrorCode = 'UNAVAILABLE') {
  const remote = new Remote()
  remote.meets = () => ({
    before() {
      throw new CacheError(code, 'as the test wants it')
    },
  })
  return remote
}

describe('failOpen', () => {
  it('makes misses of failures, and reports each', async () => {
    const cache = createCache<string>({ store: broken(), use: [failOpen()] })
    const told: string[] = []
    cache.on('failure', ({ operation, error }) => told.push(`${operation} ${error.code}`))
    expect(await cache.get('a')).toBe(undefined)
    expect(await cache.has('a')).toBe(false)
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    expect(await cache.set('a', 'v')).toBe(undefined)
    expect(await cache.delete('a')).toBe(false)
    expect(await cache.clear()).toBe(undefined)
    const verbs = ['read', 'read', 'read', 'write', 'write', 'clear']
    expect(told).toEqual(verbs.map((verb) => `${verb} UNAVAILABLE`))
    await cache.close()
  })

  it('leaves a load its own way out, which asks no more than it must', async () => {
    const remote = broken()
    const cache = createCache<string>({ store: remote, use: [failOpen()] })
    expect(await cache.getOrSet('a', () => 'loaded')).toBe('loaded')
    // Told of a miss, it would reserve the key first, and wait for that too.
    expect(remote.log).toEqual(['read a'])
    await cache.close()
  })

  it('keeps failures whose answer others rest on: conditions and lists', async () => {
    const remote = new Remote()
    const cache = createCache<string>({ store: remote, use: [failOpen()] })
    await cache.set('a', 'v')
    remote.meets = broken().meets
    const listed = async (): Promise<void> => {
      for await (const key of cache.keys()) void key
    }
    const verbs = [() => cache.add('a', 'v'), () => cache.update('a', () => 'v'), listed]
    for (const run of verbs) expect(await failureOf(run)).toMatchObject({ code: 'UNAVAILABLE' })
    await cache.close()
  })

  it.each<ErrorCode>(['INVALID_VALUE', 'TOO_LARGE', 'UNSUPPORTED', 'ABORTED', 'CORRUPT'])(
    'makes no miss of %s',
    async (code) => {
      const { store, call } = bench([failOpen()])
      const at = bench([failOpen()])
      at.remote.meets = broken(code).meets
      expect(await failureOf(() => at.store.read(['a'], at.call()))).toMatchObject({ code })
      await store.close()
      expect(await failureOf(() => store.read(['a'], call()))).toMatchObject({ code: 'CLOSED' })
    },
  )

  it('gives what there is where a part fails', async () => {
    const at = bench([failOpen()])
    await at.store.write([at.put('a')], at.call())
    const away = new CacheError('UNAVAILABLE', 'away')
    const found = at.remote.entries.get('a')
    at.remote.meets = ({ verb }) => ({
      before() {
        const value = verb === 'read' ? found : true
        const outcomes = [
          { key: 'a', value },
          { key: 'b', error: away },
        ]
        throw new CacheError('UNAVAILABLE', 'a part failed', { outcomes })
      },
    })
    expect(await at.store.read(['b', 'a'], at.call())).toEqual([undefined, found])
    expect(await at.store.write([at.put('a'), at.put('b')], at.call())).toEqual([true, false])
    const large = new CacheError('TOO_LARGE', 'too large')
    at.remote.meets = () => ({
      before() {
        throw new CacheError('UNAVAILABLE', 'a part failed', { outcomes: [{ key: 'a', error: large }] })
      },
    })
    expect(await failureOf(() => at.store.read(['a', 'b'], at.call()))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('opens the verbs that it is told to, also while it runs', async () => {
    const layer = failOpen({ verbs: ['read'] })
    const at = bench([layer])
    at.remote.meets = broken().meets
    expect(await at.store.read(['a'], at.call())).toEqual([undefined])
    expect(await failureOf(() => at.store.clear('', at.call()))).toMatchObject({ code: 'UNAVAILABLE' })
    layer.configure({ verbs: ['clear'] })
    expect(await at.store.clear('', at.call())).toBe(undefined)
    expect(await failureOf(() => at.store.read(['a'], at.call()))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('answers at once where the failure does', () => {
    const at = bench([failOpen()], { sync: 'all', lives: 'process' })
    at.remote.meets = broken('BUSY').meets
    expect(at.store.read(['a'], at.call())).toEqual([undefined])
    expect(at.store.write([at.put('a'), at.removal('b')], at.call())).toEqual([false, false])
  })

  it('must stand outside what has to see failures', () => {
    const clock = manualClock()
    const make = (use: Parameters<typeof createCache<string>>[0]['use']) => () =>
      createCache<string>({ store: new Remote(), clock, ...(use !== undefined && { use }) })
    expect(make([retry(), failOpen()])).toThrow('write use: [failOpen(), retry()]')
    expect(make([circuitBreaker(), failOpen()])).toThrow('write use: [failOpen(), circuitBreaker()]')
  })

  it.each<[FailOpenOptions, string]>([
    [{ verbs: ['scan'] } as unknown as FailOpenOptions, 'expected verbs to be a list of read, write, clear'],
    [{ verb: [] } as FailOpenOptions, 'did you mean "verbs"?'],
  ])('refuses %o', (options, message) => {
    expect(() => failOpen(options)).toThrow(message)
  })
})
