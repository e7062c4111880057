import { memory } from '@cachette/adapter-memory'
import { type AnyLayer, type Cache, CacheError, createCache, manualClock } from '@cachette/core'
import { describe, expect, it } from 'vitest'
import { type WarmCounts, type WarmSource, warm } from '../src/index.js'
import { changed, failure } from './support.js'

const fresh = (options: { readonly ttlMs?: number; readonly freshMs?: number } = {}) => {
  const clock = manualClock()
  const cache: Cache<string> = createCache<string>({ store: memory({ clock }), clock, ...options })
  return { clock, cache }
}

const as = <T>(value: unknown): T => value as T

describe('entries', () => {
  it('go in where nothing is, each with its own lifetime and tags', async () => {
    const { cache, clock } = fresh({ ttlMs: 60_000 })
    await cache.set('there', 'newer')
    async function* source() {
      yield ['pair', 'a'] as const
      yield { key: 'entry', value: 'b', ttlMs: 1_000, tags: ['t'] }
      yield ['there', 'older'] as const
    }
    const { counts, failures } = await warm(cache, source())
    expect(counts).toEqual({ seen: 3, stored: 2, present: 1, discarded: 0, leftOut: 0, failed: 0 })
    expect(failures).toEqual([])
    expect(await cache.getMany(['pair', 'entry', 'there'])).toEqual(['a', 'b', 'newer'])
    expect(await cache.lookup('entry')).toMatchObject({ expiresInMs: 1_000, tags: ['t'] })
    clock.advance(1_000)
    expect(await cache.getMany(['pair', 'entry'])).toEqual(['a', undefined])
    await cache.close()
  })

  it('do not replace what is stale', async () => {
    const { cache, clock } = fresh({ ttlMs: 60_000, freshMs: 10 })
    await cache.set('a', 'newer')
    clock.advance(20)
    expect((await warm(cache, [['a', 'older']])).counts).toMatchObject({ present: 1, stored: 0 })
    expect(await cache.get('a')).toBe('newer')
    await cache.close()
  })

  it.each<[string, (cache: Cache<string>) => Promise<unknown>]>([
    ['removed', (cache) => cache.delete('a')],
    ['removed though nothing was there', (cache) => cache.deleteMany(['a', 'b'])],
    ['cleared', (cache) => cache.clear()],
    ['set and gone', (cache) => cache.set('a', 'x', { ttlMs: 1 })],
  ])('are discarded where the key was %s since', async (_, change) => {
    const { cache, clock } = fresh()
    const source = async function* () {
      await change(cache)
      clock.advance(5)
      yield ['a', 'older'] as const
    }
    expect((await warm(cache, source())).counts).toMatchObject({ discarded: 1, stored: 0 })
    expect(await cache.get('a')).toBeUndefined()
    await cache.close()
  })

  it('are discarded where something was invalidated since', async () => {
    const clock = manualClock()
    let invalidate = (): void => undefined
    const layer: AnyLayer = {
      name: 'tags',
      wrap: (_, host) => {
        invalidate = () => host.report({ type: 'invalidate', what: 'tag t', source: 'tags' })
        return {}
      },
    }
    const cache = createCache<string>({ store: memory({ clock }), clock, use: [layer] })
    const source = async function* () {
      yield ['a', '1'] as const
      invalidate()
      yield ['b', '2'] as const
    }
    expect((await warm(cache, source(), { concurrency: 1 })).counts).toMatchObject({ stored: 1, discarded: 1 })
    const load = (key: string): string => key
    const { counts } = await warm(cache, { keys: ['b'], load })
    expect(counts).toMatchObject({ stored: 1 })
    await cache.close()
  })

  it('that the store does not take are failures', async () => {
    const clock = manualClock()
    const store = memory<string>({ clock })
    const full = changed(store, {
      write: () => {
        throw new CacheError('FULL', 'no room')
      },
    })
    const cache = createCache<string>({ store: full, clock })
    const { counts, failures } = await warm(cache, [['a', '1']])
    expect(counts).toMatchObject({ failed: 1, stored: 0 })
    expect(failures).toMatchObject([{ key: 'a', error: { code: 'FULL' } }])
    await cache.close()
  })

  it('go into a namespace, and are discarded there', async () => {
    const { cache } = fresh()
    const users = cache.namespace('users')
    const source = async function* () {
      await users.delete('a')
      yield ['a', 'older'] as const
      yield ['b', 'new'] as const
    }
    expect((await warm(users, source())).counts).toMatchObject({ stored: 1, discarded: 1 })
    expect(await users.getMany(['a', 'b'])).toEqual([undefined, 'new'])
    await cache.close()
  })
})

describe('another cache', () => {
  it('gives what is left of the lifetimes, tags, and staleness', async () => {
    const { cache: from, clock } = fresh()
    const cache = createCache<string>({ store: memory({ clock }), clock, ttlMs: 5_000, freshMs: 4_000 })
    await from.setMany([
      ['forever', 'a'],
      ['short', 'b', { ttlMs: 1_000, tags: ['t'] }],
      ['stale', 'c', { ttlMs: 1_000, freshMs: 10 }],
    ])
    clock.advance(100)
    expect((await warm(cache, from)).counts).toMatchObject({ seen: 3, stored: 3 })
    expect(await cache.lookup('forever')).toMatchObject({ expiresInMs: 5_000, outcome: 'hit' })
    expect(await cache.lookup('short')).toMatchObject({ expiresInMs: 900, tags: ['t'], outcome: 'hit' })
    clock.advance(1)
    expect(await cache.lookup('stale')).toMatchObject({ expiresInMs: 899, outcome: 'stale' })
    await from.close()
    await cache.close()
  })

  it('that loses a key meanwhile leaves it out', async () => {
    const { cache: from } = fresh()
    const { cache } = fresh()
    await from.set('a', '1')
    const going: Cache<string> = Object.assign(Object.create(from) as Cache<string>, {
      keys: async function* () {
        yield 'a'
        yield 'gone'
      },
      lookup: (key: string) => from.lookup(key),
      getOrSet: () => undefined,
    })
    expect((await warm(cache, going)).counts).toMatchObject({ stored: 1, leftOut: 1, failed: 0 })
    await from.close()
    await cache.close()
  })
})

describe('recorded keys', () => {
  it('are loaded, the hottest first, a few at a time', async () => {
    const { cache } = fresh()
    const keys = ['plain', { key: 'warm', count: 2 }, { key: 'hot', count: 9 }, 'plain']
    const asked: string[] = []
    let running = 0
    let most = 0
    const load = async (key: string): Promise<string> => {
      asked.push(key)
      running += 1
      most = Math.max(most, running)
      await new Promise((done) => setImmediate(done))
      running -= 1
      return key
    }
    const { counts } = await warm(cache, { keys, load }, { concurrency: 2 })
    expect(asked).toEqual(['hot', 'warm', 'plain'])
    expect([most, counts.stored]).toEqual([2, 3])
    await cache.close()
  })

  it('that are removed while they are loaded stay so', async () => {
    const { cache } = fresh()
    const load = async (key: string): Promise<string> => {
      if (key === 'a') await cache.delete('a')
      return key
    }
    expect((await warm(cache, { keys: ['a', 'b'], load })).counts).toMatchObject({ stored: 1, discarded: 1 })
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, 'b'])
    await cache.close()
  })

  it('are left out where the loader asks for it', async () => {
    const { cache } = fresh()
    const { counts } = await warm(cache, {
      keys: ['a'],
      load: (key, { doNotStore }) => {
        doNotStore()
        return key
      },
    })
    expect(counts).toMatchObject({ leftOut: 1, stored: 0 })
    await cache.close()
  })
})

describe('failures', () => {
  const load = (key: string): string => {
    if (key === 'bad') throw new Error('no such thing')
    return key
  }

  it('are collected', async () => {
    const { cache } = fresh()
    const { counts, failures } = await warm(cache, { keys: ['bad', 'good', ''], load })
    expect(counts).toMatchObject({ seen: 3, stored: 1, failed: 2 })
    expect(failures.map(({ key }) => key).sort()).toEqual(['', 'bad'])
    await cache.close()
  })

  it('end it where they are to', async () => {
    const { cache } = fresh()
    const work = warm(cache, { keys: ['bad', 'good'], load }, { failFast: true, concurrency: 1 })
    await expect(work).rejects.toThrow('no such thing')
    expect(await cache.has('good')).toBe(false)
    await cache.close()
  })

  it('of the source end it, and it is let go of', async () => {
    const { cache } = fresh()
    const source = async function* () {
      yield ['a', '1'] as const
      throw new Error('the cursor is gone')
    }
    await expect(warm(cache, source())).rejects.toThrow('the cursor is gone')
    await cache.close()
  })

  it('of a cache that is closed end it', async () => {
    const { cache } = fresh()
    let let_go = false
    const source = async function* () {
      try {
        for (let count = 0; ; count += 1) {
          if (count === 3) await cache.close()
          yield [`k${count}`, 'v'] as const
        }
      } finally {
        let_go = true
      }
    }
    expect((await failure(warm(cache, source()))).code).toBe('CLOSED')
    expect(let_go).toBe(true)
  })

  it.each<[string, unknown, unknown, unknown, string]>([
    ['an unknown option', undefined, [], { concurency: 2 }, 'did you mean "concurrency"'],
    ['no cache', {}, [], {}, 'expected cache to be a cache'],
    ['a store for a cache', memory(), [], {}, 'expected cache to be a cache'],
    ['no source', undefined, 'abc', {}, 'expected source to be entries, a cache, or { keys, load }'],
    ['keys without a loader', undefined, { keys: ['a'] }, {}, 'expected source'],
    ['an item that is neither', undefined, ['a'], {}, 'expected its source to give'],
  ])('%s', async (_, cache, source, options, text) => {
    const { cache: own } = fresh()
    const error = await failure(warm(as<Cache<unknown>>(cache ?? own), as<WarmSource<unknown>>(source), as(options)))
    expect(error).toMatchObject({ code: 'INVALID_OPTION' })
    expect(error.message).toContain(text)
    await own.close()
  })
})

describe('an abort', () => {
  it('ends it, though the source hangs', async () => {
    const { cache } = fresh()
    const aborting = new AbortController()
    const source = async function* () {
      yield ['a', '1'] as const
      await new Promise(() => undefined)
    }
    const seen: WarmCounts[] = []
    const onProgress = (counts: WarmCounts): void => {
      seen.push(counts)
      aborting.abort()
    }
    const error = await failure(warm(cache, source(), { signal: aborting.signal, onProgress, concurrency: 2 }))
    expect(error.code).toBe('ABORTED')
    expect(seen).toMatchObject([{ seen: 1, stored: 1 }])
    expect(await cache.get('a')).toBe('1')
    await cache.close()
  })

  it('that came first stores nothing', async () => {
    const { cache } = fresh()
    const signal = AbortSignal.abort()
    expect((await failure(warm(cache, [['a', '1']], { signal }))).code).toBe('ABORTED')
    expect(await cache.has('a')).toBe(false)
    await cache.close()
  })

  it('ends a loader that hangs', async () => {
    const { cache } = fresh()
    const aborting = new AbortController()
    const load = (): Promise<string> => {
      queueMicrotask(() => aborting.abort())
      return new Promise(() => undefined)
    }
    expect((await failure(warm(cache, { keys: ['a'], load }, { signal: aborting.signal }))).code).toBe('ABORTED')
    await cache.close()
  })
})
