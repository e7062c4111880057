import { describe, expect, it, vi } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import { manualClock } from '../../src/clock.js'
import type { Awaitable } from '../../src/contract.js'
import { keys } from '../../src/rename.js'
import { heard, mapped, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { NOW } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'
import { Client } from '../support/server.js'
import { TestStore } from '../support/test-store.js'

refuseUnhandled()

/** Answers reads at once, and writes later. */
class HalfReady extends TestStore {
  protected override answer<T>(what: string, work: () => T): Awaitable<T> {
    return what.startsWith('read') ? super.answer(what, work) : turns().then(() => super.answer(what, work))
  }
}

const WORLDS = {
  'a map by reference': () => mapped().cache,
  'a server of bytes': () => processOf().cache,
  'a disk of bytes': () => processOf(undefined, {}, { traits: { lives: 'disk', conditional: 'process' } }).cache,
  'a disk that answers reads at once and is shared': () =>
    createCache({
      store: new HalfReady({ values: 'bytes', lives: 'disk', conditional: 'shared', sync: 'reads' }),
      clock: manualClock(NOW),
    }),
  'a server without conditions': () => processOf(undefined, {}, { traits: { conditional: 'none' } }).cache,
}

describe.each(Object.entries(WORLDS))('getOrSet over %s', (_, open) => {
  it.each([0, '', false, null, { a: [1] }])('loads and stores %j', async (value) => {
    const cache = open()
    const load = vi.fn(() => value)
    expect(await cache.getOrSet('k', load)).toEqual(value)
    expect(await cache.getOrSet('k', load)).toEqual(value)
    expect(await cache.get('k')).toEqual(value)
    expect(load).toHaveBeenCalledOnce()
  })

  it.each([
    ['undefined', () => undefined, /undefined/],
    ['a promise of undefined', async () => undefined, /undefined/],
  ])('refuses %s from a loader, at its first run', async (_name, load, message) => {
    const cache = open()
    const run = vi.fn(load)
    const error = await rejectionOf(cache.getOrSet('k', run))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', message: expect.stringMatching(message) })
    expect(run).toHaveBeenCalledOnce()
    expect(await cache.has('k')).toBe(false)
  })

  it('loads once for all who ask at the same time', async () => {
    const cache = open()
    const source = deferred<string>()
    const load = vi.fn(() => source.promise)
    const got = Array.from({ length: 20 }, () => cache.getOrSet('k', load))
    await turns()
    source.resolve('loaded')
    expect(new Set(await Promise.all(got))).toEqual(new Set(['loaded']))
    expect(load).toHaveBeenCalledOnce()
  })

  it('loads again for who asks after the key was removed, however long the load from before takes', async () => {
    const cache = open()
    const slow = deferred<string>()
    const first = cache.getOrSet('k', () => slow.promise)
    await turns()
    await cache.delete('k')
    expect(await cache.getOrSet('k', () => 'new')).toBe('new')
    slow.resolve('old')
    expect(await first).toBe('old')
    await turns()
    expect(await cache.get('k')).toBe('new')
  })

  it('stores what is loaded after a removal that was called before it, awaited or not', async () => {
    const cache = open()
    await cache.set('k', 'old')
    const removed = cache.delete('k')
    const got = cache.getOrSet('k', () => 'new')
    expect(await Promise.all([removed, got])).toEqual([true, 'new'])
    expect(await cache.get('k')).toBe('new')
  })

  it('gives its value before the write, which every later call of the key sees', async () => {
    const cache = open()
    const got = cache.getOrSet('k', () => 'loaded')
    await got
    expect(await cache.get('k')).toBe('loaded')
  })

  it('takes lifetimes and tags from the call, and others from what is loaded', async () => {
    const cache = open()
    await cache.getOrSet('a', () => 1, { ttlMs: 500, tags: ['call'] })
    await cache.getOrSet(
      'b',
      ({ keep }) => {
        keep({ ttlMs: 100, tags: ['loaded'] })
        return 1
      },
      { ttlMs: 500, freshMs: 400, tags: ['call'] },
    )
    await cache.getOrSet('c', ({ keep }) => {
      keep({ freshMs: 50 })
      keep({ ttlMs: 200 })
      return 1
    })
    await cache.getOrSet(
      'd',
      ({ keep }) => {
        keep({ tags: ['loaded'] })
        return 1
      },
      { ttlMs: 500 },
    )
    await turns()
    expect(await cache.lookup('d')).toMatchObject({ expiresInMs: 500, tags: ['loaded'] })
    expect(await cache.lookup('a')).toMatchObject({ expiresInMs: 500, tags: ['call'] })
    expect(await cache.lookup('b')).toMatchObject({ expiresInMs: 100, tags: ['loaded'] })
    expect(await cache.lookup('c')).toMatchObject({ expiresInMs: 200, tags: [] })
  })

  it('stores nothing that its loader asks not to', async () => {
    const cache = open()
    const loads = heard(cache, 'load')
    const load = vi.fn(({ doNotStore }: { doNotStore(): void }) => {
      doNotStore()
      return 'secret'
    })
    expect(await Promise.all([cache.getOrSet('k', load), cache.getOrSet('k', load)])).toEqual(['secret', 'secret'])
    await turns()
    expect(await cache.get('k')).toBeUndefined()
    expect(loads.map(({ outcome }) => outcome)).toEqual(['skipped'])
  })
})

describe('options of a load', () => {
  it.each([
    [{ ttlMs: 0 }, /ttlMs to be a positive number/],
    [{ hardDeadlineMs: Number.NaN }, /hardDeadlineMs to be a positive number/],
    [{ softDeadlineMs: -1 }, /softDeadlineMs/],
    [{ backoffMs: -1 }, /backoffMs to be zero or more/],
    [{ refreshAhead: 1 }, /refreshAhead to be a number between 0 and 1, or/],
    [{ refreshAhead: { beta: '1' } }, /refreshAhead/],
    [{ tags: [''] }, /tags to be a list of non-empty strings/],
    [{ ttl: 5 }, /no option "ttl": did you mean "ttlMs"/],
    [{ signal: 'stop' }, /signal to be an AbortSignal/],
  ])('are refused before anything is done: %j', async (options, message) => {
    const { cache, store } = processOf()
    const load = vi.fn(() => 1)
    const error = await rejectionOf(cache.getOrSet('k', load, options as object))
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(message) })
    const many = await rejectionOf(cache.getOrSetMany(['k'], () => new Map(), options as object))
    expect(many.message).toBe(error.message)
    expect(load).not.toHaveBeenCalled()
    expect(store.calls).toEqual([])
  })

  it('that a loader gives wrongly fail the load, at the place where it does', async () => {
    const { cache } = processOf()
    for (const options of [{ ttlMs: -1 }, { freshMs: 20, ttlMs: 10 }, { lifetime: 3 }, { tags: 'a' }]) {
      const error = await rejectionOf(
        cache.getOrSet('k', ({ keep }) => {
          keep(options as object)
          return 1
        }),
      )
      expect(error.code).toBe('INVALID_OPTION')
    }
  })
})

describe('callers that share a load', () => {
  it('get copies of their own from a store of bytes, and the stored value stays as it was', async () => {
    const { cache } = processOf<{ n: number }>()
    const value = { n: 1 }
    const answers = await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', () => value)))
    expect(new Set(answers).size).toBe(3)
    for (const answer of answers) answer.n += 1
    expect(answers).toEqual([{ n: 2 }, { n: 2 }, { n: 2 }])
    expect(await cache.get('k')).toEqual({ n: 1 })
  })

  it('get the value itself from a store by reference', async () => {
    const { cache } = mapped<object>()
    const value = {}
    const answers = await Promise.all([1, 2].map(() => cache.getOrSet('k', async () => value)))
    expect(answers.every((answer) => answer === value)).toBe(true)
  })

  it('may be those of different handles and namespaces of a store', async () => {
    const store = new Client()
    const [one, other] = [createCache<string>({ store }), createCache<string>({ store })]
    const load = vi.fn(async () => 'loaded')
    const got = [one, other].map((cache) => cache.namespace('n').getOrSet('k', load))
    expect(await Promise.all(got)).toEqual(['loaded', 'loaded'])
    expect(load).toHaveBeenCalledOnce()
    await one.namespace('m').getOrSet('k', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('are never those of a handle that renames its keys and one that does not', async () => {
    const store = new Client()
    const prefixed = keys({ name: 'prefixed', map: (segment) => `x${segment}`, unmap: (segment) => segment.slice(1) })
    const [one, other] = [createCache<string>({ store, use: [prefixed] }), createCache<string>({ store })]
    const slow = deferred<string>()
    const first = one.getOrSet('k', () => slow.promise)
    expect(await other.getOrSet('k', () => 'other')).toBe('other')
    slow.resolve('one')
    expect(await first).toBe('one')
  })
})

describe('wrap', () => {
  it('gives the function, with its results in the cache', async () => {
    const { cache } = mapped<number>()
    const run = vi.fn((a: number, b: number) => a + b)
    const sum = cache.wrap(run, { key: (a, b) => `${a}+${b}`, ttlMs: 100 })
    expect([await sum(1, 2), await sum(1, 2), await sum(2, 2)]).toEqual([3, 3, 4])
    expect(run.mock.calls).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(await cache.lookup('1+2')).toMatchObject({ outcome: 'hit', expiresInMs: 100 })
  })

  it('refuses options that are wrong when it is called', () => {
    const { cache } = mapped<number>()
    const wrapped = (options: object) => () => cache.wrap(() => 1, options as { key: () => string })
    expect(wrapped({})).toThrow(/wrap needs the option key/)
    expect(wrapped({ key: 'k' })).toThrow(/key to be a function/)
    expect(wrapped({ key: () => 'k', ttl: 1 })).toThrow(/no option "ttl"/)
    expect(wrapped({ key: () => 'k', signal: AbortSignal.abort() })).toThrow(/no option "signal"/)
  })
})

describe('a caller that waits', () => {
  it('is not held up by the store beyond its own deadlines', async () => {
    const { cache, clock } = processOf<string>()
    const got = cache.getOrSet('k', () => new Promise<string>(() => undefined), { hardDeadlineMs: 100 })
    const failed = rejectionOf(got)
    await turns()
    clock.advance(99)
    expect(await stateOf(got)).toBe('pending')
    clock.advance(1)
    expect(await failed).toMatchObject({ code: 'TIMEOUT', retry: 'yes' })
  })
})
