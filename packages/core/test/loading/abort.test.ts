import { describe, expect, it, vi } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { LoadContext } from '../../src/loading/options.js'
import { type Process, pass, processOf, refuseUnhandled } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { rejectionOf } from '../support/failures.js'
import { Client } from '../support/server.js'

refuseUnhandled()

/** A loader that never ends, and the signal that it is handed. */
function endless() {
  const signals: AbortSignal[] = []
  const load = vi.fn(({ signal }: LoadContext<string>) => {
    signals.push(signal)
    return new Promise<string>(() => undefined)
  })
  return { load, isAborted: () => signals[0]?.aborted }
}

async function begun(process: Process<string>, options: Parameters<typeof process.cache.getOrSet>[2] = {}) {
  const loader = endless()
  const failed = rejectionOf(process.cache.getOrSet('k', loader.load, options))
  await turns()
  expect(loader.load).toHaveBeenCalledOnce()
  return { ...loader, failed }
}

describe('a load', () => {
  it('is given up when its last caller leaves by its signal, and not before', async () => {
    const process = processOf<string>()
    const callers = [new AbortController(), new AbortController()]
    const first = await begun(process, { signal: callers[0]?.signal })
    const second = rejectionOf(process.cache.getOrSet('k', () => 'other', { signal: callers[1]?.signal }))
    await turns()
    callers[0]?.abort()
    expect(await first.failed).toMatchObject({ code: 'ABORTED', operation: 'load' })
    await turns()
    expect(first.isAborted()).toBe(false)
    callers[1]?.abort()
    expect((await second).code).toBe('ABORTED')
    await turns()
    expect(first.isAborted()).toBe(true)
    expect(process.loads).toEqual(['failed'])
    expect(process.store.entries.size).toBe(0)
  })

  it('is given up when its last caller leaves by its deadline', async () => {
    const process = processOf<string>()
    const leaving = new AbortController()
    const first = await begun(process, { signal: leaving.signal })
    const second = rejectionOf(process.cache.getOrSet('k', () => 'other', { hardDeadlineMs: 200 }))
    await turns()
    leaving.abort()
    await first.failed
    await pass(process.clock, 150)
    expect(first.isAborted()).toBe(false)
    await pass(process.clock, 50)
    expect(await second).toMatchObject({ code: 'TIMEOUT', operation: 'load' })
    await turns()
    expect(first.isAborted()).toBe(true)
  })

  it('is given up at the end of its own time', async () => {
    const process = processOf<string>()
    const { failed, isAborted } = await begun(process, { hardDeadlineMs: 200 })
    await pass(process.clock, 200)
    expect(await failed).toMatchObject({ code: 'TIMEOUT' })
    expect(isAborted()).toBe(true)
    expect(process.loads).toEqual(['failed'])
  })

  it('that was given up is no load to join: who comes next begins another', async () => {
    const process = processOf<string>()
    const leaving = new AbortController()
    const { failed } = await begun(process, { signal: leaving.signal })
    leaving.abort()
    await failed
    expect(await process.cache.getOrSet('k', () => 'next')).toBe('next')
  })

  it('that was made void and replaced by another, takes nothing from that when it is given up', async () => {
    const process = processOf<string>()
    const leaving = new AbortController()
    const first = await begun(process, { signal: leaving.signal })
    await process.cache.delete('k')
    const source = deferred<string>()
    const second = process.cache.getOrSet('k', () => source.promise)
    await turns()
    leaving.abort()
    await first.failed
    const third = process.cache.getOrSet('k', () => 'third')
    await turns()
    source.resolve('second')
    expect(await Promise.all([second, third])).toEqual(['second', 'second'])
  })

  it('whose callers leave before its loader runs never runs it', async () => {
    const { cache, store } = processOf<string>()
    store.held = true
    const leaving = new AbortController()
    const load = vi.fn(() => 'loaded')
    const failed = rejectionOf(cache.getOrSet('k', load, { signal: leaving.signal }))
    store.pending.shift()?.settle()
    await turns()
    leaving.abort()
    expect((await failed).code).toBe('ABORTED')
    await store.settleAll()
    expect(load).not.toHaveBeenCalled()
    expect(store.entries.size).toBe(0)
  })

  it('goes on for others when the caller that began it leaves while the store is asked', async () => {
    const { cache, store } = processOf<string>(undefined, {}, { traits: { lives: 'disk', conditional: 'process' } })
    store.held = true
    const leaving = new AbortController()
    const [first, second] = [leaving.signal, undefined].map((signal) =>
      cache.getOrSetMany(['k'], (keys) => new Map(keys.map((key) => [key, 'loaded'])), { signal }),
    )
    const failed = rejectionOf(first)
    for (let reads = 0; reads < 2; reads += 1) store.pending.shift()?.settle()
    await turns()
    leaving.abort()
    await failed
    await store.settleAll()
    expect(await second).toEqual(['loaded'])
  })

  it('that nobody waits for is not given up: a refresh', async () => {
    const { cache, clock, store } = processOf<string>()
    await cache.set('k', 'old', { freshMs: 10, ttlMs: 10_000 })
    clock.advance(20)
    const source = deferred<string>()
    let signal: AbortSignal | undefined
    const leaving = new AbortController()
    const load = (context: LoadContext<string>): Promise<string> => {
      signal = context.signal
      return source.promise
    }
    expect(await cache.getOrSet('k', load, { signal: leaving.signal })).toBe('old')
    leaving.abort()
    await pass(clock, 5_000)
    expect(signal?.aborted).toBe(false)
    source.resolve('new')
    await turns()
    expect(store.entries.texts).toEqual({ k: 'new' })
  })

  it('behind a kept value that was served is not given up either', async () => {
    const { cache, clock, store } = processOf<string>()
    await cache.set('k', 'old', { ttlMs: 100, graceMs: 10_000 })
    clock.advance(200)
    const source = deferred<string>()
    const got = cache.getOrSet('k', () => source.promise, { softDeadlineMs: 100 })
    await pass(clock, 100)
    expect(await got).toBe('old')
    source.resolve('new')
    await turns()
    expect(store.entries.texts).toEqual({ k: 'new' })
  })
})

describe('a caller', () => {
  it('whose signal has been aborted starts nothing', async () => {
    const { cache, store, failures } = processOf<string>()
    const load = vi.fn(() => 'loaded')
    const signal = AbortSignal.abort()
    expect((await rejectionOf(cache.getOrSet('k', load, { signal }))).code).toBe('ABORTED')
    expect((await rejectionOf(cache.get('k', { signal }))).code).toBe('ABORTED')
    expect((await rejectionOf(cache.set('k', 'v', { signal }))).code).toBe('ABORTED')
    expect(load).not.toHaveBeenCalled()
    expect(store.calls).toEqual([])
    expect(failures).toEqual([])
  })

  it('that leaves during the first read fails at once, whatever the store does', async () => {
    const { cache, store } = processOf<string>()
    store.held = true
    const leaving = new AbortController()
    const got = cache.getOrSet('k', () => 'loaded', { signal: leaving.signal })
    const failed = rejectionOf(got)
    await turns()
    leaving.abort()
    expect((await failed).code).toBe('ABORTED')
    await store.settleAll()
  })
})

describe('one signal', () => {
  it('may go with any number of calls', async () => {
    const { cache, store } = processOf<string>()
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    store.held = true
    const leaving = new AbortController()
    const { signal } = leaving
    const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)
    const calls = [
      ...keys.map((key) => cache.get(key, { signal })),
      ...keys.map((key) => cache.getOrSet(key, () => 'loaded', { signal })),
      cache.getOrSetMany(keys, (names) => new Map(names.map((name) => [name, name])), { signal }),
    ].map(rejectionOf)
    await turns()
    leaving.abort()
    for (const error of await Promise.all(calls)) expect(error.code).toBe('ABORTED')
    await store.settleAll()
    process.off('warning', note)
    expect(warnings).toEqual([])
  })
})

describe('close', () => {
  it('ends the loads that are under way, for their callers with CLOSED', async () => {
    const process = processOf<string>()
    const { failed, isAborted } = await begun(process)
    await process.cache.close()
    expect((await failed).code).toBe('CLOSED')
    expect(isAborted()).toBe(true)
    expect(process.store.entries.size).toBe(0)
    expect(process.clock.pending).toBe(0)
  })

  it('lets no load begin that was asked for before', async () => {
    const { cache, store } = processOf<string>()
    store.held = true
    const load = vi.fn(() => 'loaded')
    const failed = rejectionOf(cache.getOrSet('k', load))
    const closing = cache.close()
    await store.settleAll()
    expect((await failed).code).toBe('CLOSED')
    expect(load).not.toHaveBeenCalled()
    await store.settleAll()
    await closing
  })

  it('waits for the write of what was loaded', async () => {
    const { cache, store } = processOf<string>()
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
    await cache.close()
    expect(store.entries.texts).toEqual({ k: 'loaded' })
  })

  it('gives up waiting in time, and closes the store all the same', async () => {
    const { cache, store, clock } = processOf<string>()
    await cache.getOrSet('k', () => {
      store.held = true
      return 'loaded'
    })
    const closing = cache.close().catch((error: Error) => error)
    await pass(clock, 20_000, 500)
    expect(await stateOf(closing)).toBe('fulfilled')
    await store.settleAll()
  })

  it('of one handle leaves the callers of another their value', async () => {
    const store = new Client()
    const [one, other] = [createCache<string>({ store }), createCache<string>({ store })]
    const closed = rejectionOf(one.getOrSet('k', () => new Promise<string>(() => undefined)))
    await turns()
    const got = other.getOrSet('k', () => 'from the other')
    await turns()
    expect(await stateOf(got)).toBe('pending')
    await one.close()
    expect((await closed).code).toBe('CLOSED')
    expect(await got).toBe('from the other')
    await turns()
    expect(store.entries.texts).toEqual({ k: 'from the other' })
    await other.close()
  })
})
