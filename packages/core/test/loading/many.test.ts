import { describe, expect, it, vi } from 'vitest'
import { heard, mapped, oneLoading, type Process, pass, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

/** A batched loader that gives each key in capitals. */
function capitals() {
  return vi.fn(async (keys: readonly string[]) => new Map(keys.map((key) => [key, key.toUpperCase()])))
}

const WORLDS = {
  'a map by reference': () => mapped<string>().cache,
  'a server of bytes': () => processOf<string>().cache,
  'a server without conditions': () => processOf<string>(undefined, {}, { traits: { conditional: 'none' } }).cache,
}

describe.each(Object.entries(WORLDS))('getOrSetMany over %s', (_, open) => {
  it('calls its loader once, for what is not there, in order and without repeats', async () => {
    const cache = open()
    await cache.set('b', 'set')
    const load = capitals()
    expect(await cache.getOrSetMany(['c', 'b', 'a', 'c'], load)).toEqual(['C', 'set', 'A', 'C'])
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['c', 'a']])
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['A', 'set', 'C'])
  })

  it('does not call it where everything is there, or nothing is asked for', async () => {
    const cache = open()
    await cache.set('a', 'set')
    const load = capitals()
    expect(await cache.getOrSetMany(['a', 'a'], load)).toEqual(['set', 'set'])
    expect(await cache.getOrSetMany([], load)).toEqual([])
    expect(load).not.toHaveBeenCalled()
  })

  it('gives undefined for what the loader leaves out, and stores nothing for it', async () => {
    const cache = open()
    expect(await cache.getOrSetMany(['a', 'b'], () => new Map([['a', 'A']]))).toEqual(['A', undefined])
    expect(await cache.has('b')).toBe(false)
    expect(await cache.getOrSetMany(['b'], capitals())).toEqual(['B'])
  })

  it('fails with the failure of its loader, and leaves nothing behind', async () => {
    const cache = open()
    const down = new Error('the source is down')
    await expect(cache.getOrSetMany(['a', 'b'], () => Promise.reject(down))).rejects.toBe(down)
    await turns()
    expect(await cache.getOrSetMany(['a', 'b'], capitals())).toEqual(['A', 'B'])
  })

  it.each([[undefined], [['A']], [{ a: 'A' }]])('refuses a loader that gives no Map: %j', async (answer) => {
    const cache = open()
    const error = await rejectionOf(cache.getOrSetMany(['a'], () => answer as unknown as Map<string, string>))
    expect(error).toMatchObject({
      code: 'INVALID_VALUE',
      message: expect.stringContaining('expected a batched loader to give a Map'),
    })
  })

  it('knows its keys by their names in its namespace', async () => {
    const cache = open().namespace('n')
    const load = capitals()
    expect(await cache.getOrSetMany(['a', 'b'], load)).toEqual(['A', 'B'])
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['a', 'b']])
    expect(await cache.get('a')).toBe('A')
  })
})

describe('a batch beside other loads', () => {
  it('joins what is being loaded, and does not wait for it to load the rest', async () => {
    const { cache } = processOf<string>()
    const single = deferred<string>()
    const first = cache.getOrSet('a', () => single.promise)
    await turns()
    const load = capitals()
    const many = cache.getOrSetMany(['a', 'b'], load)
    await turns()
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['b']])
    expect(await cache.get('b')).toBe('B')
    expect(await stateOf(many)).toBe('pending')
    single.resolve('single')
    expect([await first, await many]).toEqual(['single', ['single', 'B']])
  })

  it('is joined by singles, which load for themselves what it leaves out', async () => {
    const { cache } = processOf<string>()
    const batch = deferred<Map<string, string>>()
    const many = cache.getOrSetMany(['a', 'b'], () => batch.promise)
    await turns()
    const load = vi.fn((): string => 'single')
    const singles = ['a', 'b'].map((key) => cache.getOrSet(key, load))
    await turns()
    expect(load).not.toHaveBeenCalled()
    batch.resolve(new Map([['a', 'A']]))
    expect(await many).toEqual(['A', undefined])
    expect(await Promise.all(singles)).toEqual(['A', 'single'])
    expect(load).toHaveBeenCalledOnce()
  })

  it('loads without the keys that another process is loading, and takes those from there', async () => {
    const { a, b, source } = await oneLoading()
    const load = capitals()
    const many = b.cache.getOrSetMany(['k', 'l'], load)
    await turns()
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['l']])
    source.resolve('from a')
    await pass(a.clock, 100)
    expect(await many).toEqual(['from a', 'L'])
  })

  it('loads by itself a key that another process gives up', async () => {
    const { a, b, source, first } = await oneLoading()
    first.catch(() => undefined)
    const load = capitals()
    const many = b.cache.getOrSetMany(['k', 'l'], load)
    await turns()
    source.reject(new Error('the source is down'))
    await pass(a.clock, 100)
    expect(await many).toEqual(['K', 'L'])
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['l'], ['k']])
  })
})

describe('a batch of which some is stale', () => {
  it('gives what is there, and calls its loader once for all that is missing or to be refreshed', async () => {
    const { cache, clock, store } = processOf<string>()
    await cache.setMany(
      ['a', 'b', 'fresh'].map((key) => [key, 'old', { freshMs: key === 'fresh' ? 100 : 10, ttlMs: 100 }]),
    )
    clock.advance(20)
    const load = capitals()
    expect(await cache.getOrSetMany(['a', 'fresh', 'b', 'c'], load)).toEqual(['old', 'old', 'old', 'C'])
    await turns()
    expect(load.mock.calls.map(([keys]) => [...keys].sort())).toEqual([['a', 'b', 'c']])
    expect(store.entries.texts).toEqual({ a: 'A', b: 'B', c: 'C', fresh: 'old' })
  })

  it('is loaded without what somebody else is refreshing, or has refreshed', async () => {
    const { cache, clock, store } = processOf<string>()
    const other = processOf<string>(store.entries, {}, { clock })
    await cache.setMany(['a', 'b'].map((key) => [key, 'old', { freshMs: 10, ttlMs: 100 }]))
    clock.advance(20)
    const source = deferred<string>()
    expect(await cache.getOrSet('a', () => source.promise)).toBe('old')
    await turns()
    store.held = true
    const load = capitals()
    const many = cache.getOrSetMany(['a', 'b', 'c'], load)
    store.pending.shift()?.settle()
    await turns()
    await other.cache.set('b', 'set')
    await store.settleAll()
    expect(await many).toEqual(['old', 'old', 'C'])
    expect(load.mock.calls.map(([keys]) => keys)).toEqual([['c']])
    source.resolve('new')
    await store.settleAll()
    expect(store.entries.texts).toEqual({ a: 'new', b: 'set', c: 'C' })
  })
})

describe('the end of a batch', () => {
  it('comes to its loader when nobody waits for any of its keys', async () => {
    const { cache } = processOf<string>()
    const [many, single] = [new AbortController(), new AbortController()]
    let signal: AbortSignal | undefined
    const failed = rejectionOf(
      cache.getOrSetMany(
        ['a', 'b'],
        (_, context) => {
          signal = context.signal
          return new Promise(() => undefined)
        },
        { signal: many.signal },
      ),
    )
    await turns()
    const joined = rejectionOf(cache.getOrSet('b', () => 'single', { signal: single.signal }))
    await turns()
    many.abort()
    expect((await failed).code).toBe('ABORTED')
    await turns()
    expect(signal?.aborted).toBe(false)
    single.abort()
    expect((await joined).code).toBe('ABORTED')
    await turns()
    expect(signal?.aborted).toBe(true)
  })

  it('comes before its loader runs where all have left by then', async () => {
    const { cache, store } = processOf<string>()
    store.held = true
    const leaving = new AbortController()
    const load = capitals()
    const failed = rejectionOf(cache.getOrSetMany(['a', 'b'], load, { signal: leaving.signal }))
    await turns()
    store.pending.shift()?.settle()
    await turns()
    leaving.abort()
    await failed
    await store.settleAll()
    expect(load).not.toHaveBeenCalled()
    expect(store.entries.size).toBe(0)
  })

  it('comes before its loader runs where some have asked for it by then', async () => {
    const { cache, store } = processOf<string>()
    store.held = true
    const leaving = new AbortController()
    const load = capitals()
    const failed = rejectionOf(cache.getOrSetMany(['a', 'b'], load, { signal: leaving.signal }))
    for (let steps = 0; steps < 2; steps += 1) {
      await turns()
      store.pending.shift()?.settle()
    }
    await turns()
    leaving.abort()
    await failed
    await store.settleAll()
    expect(load).not.toHaveBeenCalled()
    expect(store.entries.size).toBe(0)
  })

  it('is late for its callers at their hard deadline', async () => {
    const { cache, clock } = processOf<string>()
    const failed = rejectionOf(cache.getOrSetMany(['a'], () => new Promise(() => undefined), { hardDeadlineMs: 100 }))
    await turns()
    await pass(clock, 100)
    expect((await failed).code).toBe('TIMEOUT')
  })
})

describe('a batch whose store cannot be read', () => {
  it('loads everything and stores nothing', async () => {
    const { cache, store, failures }: Process<string> = processOf<string>()
    store.failure = new Error('cut off')
    const load = capitals()
    expect(await cache.getOrSetMany(['a', 'b'], load)).toEqual(['A', 'B'])
    await turns()
    expect(load).toHaveBeenCalledOnce()
    expect(store.calls).toEqual(['read a,b'])
    expect(failures).toHaveLength(1)
  })

  it('loads in one go what turns out to be damaged', async () => {
    const { cache, store } = processOf<string>()
    const damages = heard(cache, 'damage')
    await cache.setMany([
      ['a', 'x'],
      ['b', 'x'],
    ])
    for (const [key, found] of store.entries) store.entries.set(key, { ...found, marks: { codec: 'another' } })
    const load = capitals()
    expect(await cache.getOrSetMany(['a', 'b', 'c'], load)).toEqual(['A', 'B', 'C'])
    expect(load.mock.calls.flatMap(([keys]) => keys).sort()).toEqual(['a', 'b', 'c'])
    expect(damages).toHaveLength(2)
    await turns()
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(['A', 'B', 'C'])
  })
})
