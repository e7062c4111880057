import { describe, expect, it, vi } from 'vitest'
import { oneLoading, pass, refuseUnhandled, twoProcesses } from '../support/caches.js'
import { deferred, stateOf, turns } from '../support/deferred.js'
import { entry, NOW, version } from '../support/entries.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

const LEASE_MS = 3_000

describe('a key that another process is loading', () => {
  it('is waited for, and given as it was loaded there', async () => {
    const { b, clock, source, first, server } = await oneLoading()
    const load = vi.fn(() => 'b')
    const second = b.cache.getOrSet('k', load)
    await pass(clock, 1_000)
    expect(await stateOf(second)).toBe('pending')
    source.resolve('a')
    await pass(clock, 100)
    expect(await Promise.all([first, second])).toEqual(['a', 'a'])
    expect(load).not.toHaveBeenCalled()
    expect(server.texts).toEqual({ k: 'a' })
  })

  it('is looked at less and less often, at last ten times a second', async () => {
    const { b, clock, source, first } = await oneLoading()
    const second = b.cache.getOrSet('k', () => 'b')
    await turns()
    await pass(clock, 100, 1)
    expect(b.store.calls.filter((call) => call.startsWith('write'))).toHaveLength(1 + 4)
    await pass(clock, 1_000, 5)
    expect(b.store.calls.filter((call) => call.startsWith('write')).length).toBeLessThan(1 + 4 + 12)
    source.resolve('a')
    await pass(clock, 100)
    await Promise.all([first, second])
  })

  it('is loaded anew once that process has given it up', async () => {
    const { b, clock, source, first, server } = await oneLoading()
    const second = b.cache.getOrSet('k', () => 'b')
    first.catch(() => undefined)
    source.reject(new Error('the source is down'))
    await pass(clock, 100)
    expect(await second).toBe('b')
    expect(server.texts).toEqual({ k: 'b' })
  })

  it('is given as somebody set it meanwhile', async () => {
    const { b, clock, source, first, server } = await oneLoading()
    const second = b.cache.getOrSet('k', () => 'b')
    await b.cache.set('k', 'set')
    await pass(clock, 100)
    expect(await second).toBe('set')
    source.resolve('a')
    expect(await first).toBe('a')
    await turns()
    expect(server.texts).toEqual({ k: 'set' })
  })

  it('makes a load that waits too long fail, and takes nothing from the one that holds it', async () => {
    const { b, clock, source, first, server } = await oneLoading()
    const second = rejectionOf(b.cache.getOrSet('k', () => 'b', { hardDeadlineMs: 500 }))
    await pass(clock, 2_000)
    expect(await second).toMatchObject({ code: 'TIMEOUT', operation: 'load' })
    source.resolve('a')
    await first
    await turns()
    expect(server.texts).toEqual({ k: 'a' })
  })

  it('is no longer looked at when the last who waits has left, and needs no more than one listener meanwhile', async () => {
    const { b, clock, source, first } = await oneLoading()
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const leaving = new AbortController()
    const second = rejectionOf(b.cache.getOrSet('k', () => 'b', { signal: leaving.signal }))
    await pass(clock, 2_500)
    leaving.abort()
    expect((await second).code).toBe('ABORTED')
    const looks = b.store.calls.length
    await pass(clock, 1_000)
    expect(b.store.calls).toHaveLength(looks)
    process.off('warning', note)
    expect(warnings).toEqual([])
    source.resolve('a')
    await first
  })
})

describe('a process that holds a key', () => {
  it('keeps it for as long as its loader runs', async () => {
    const { b, clock, source, first, server } = await oneLoading()
    const load = vi.fn(() => 'b')
    const second = b.cache.getOrSet('k', load)
    await pass(clock, 4 * LEASE_MS)
    source.resolve('a')
    await pass(clock, 100)
    expect(await Promise.all([first, second])).toEqual(['a', 'a'])
    expect(load).not.toHaveBeenCalled()
    expect(server.texts).toEqual({ k: 'a' })
    expect(clock.pending).toBe(0)
  })

  it('keeps it over a renewal that fails', async () => {
    const { a, b, clock, source, first, server } = await oneLoading()
    const load = vi.fn(() => 'b')
    const second = b.cache.getOrSet('k', load)
    a.store.failure = new Error('cut off')
    await pass(clock, 2 * LEASE_MS)
    expect(a.failures.map(({ code }) => code)).toEqual(['BACKEND'])
    source.resolve('a')
    await pass(clock, 100)
    expect(await Promise.all([first, second])).toEqual(['a', 'a'])
    expect(load).not.toHaveBeenCalled()
    expect(server.texts).toEqual({ k: 'a' })
  })

  it('has its lease for as long as the call asks', async () => {
    const { a, server, clock } = twoProcesses<string>({ load: { leaseMs: 600 } })
    const got = ['cache', 'call'].map((key) =>
      a.cache.getOrSet(key, () => new Promise<string>(() => undefined), key === 'call' ? { leaseMs: 900 } : {}),
    )
    for (const call of got) call.catch(() => undefined)
    await turns()
    const ends = () => Object.fromEntries([...server].map(([key, { expiresAt }]) => [key, expiresAt - NOW]))
    expect(ends()).toEqual({ cache: 600, call: 900 })
    await pass(clock, 300)
    expect(ends()).toEqual({ cache: 800, call: 1_200 })
    await a.cache.close()
  })

  it('stores a value that comes while the lease is being renewed', async () => {
    const { a, clock, source, first, server } = await oneLoading()
    a.store.held = true
    clock.advance(LEASE_MS / 3)
    await turns()
    expect(a.store.pending.map(({ what }) => what)).toEqual(['write k'])
    source.resolve('a')
    await turns()
    await a.store.settleAll()
    expect(await first).toBe('a')
    expect(a.loads).toEqual(['stored'])
    expect(server.texts).toEqual({ k: 'a' })
  })

  it('loses it when it is cut off for longer than the lease, and what it then gives is discarded', async () => {
    const { a, b, clock, source, first, server } = await oneLoading()
    const second = b.cache.getOrSet('k', () => 'b')
    a.store.held = true
    await pass(clock, 2 * LEASE_MS)
    expect(await second).toBe('b')
    a.store.held = false
    source.resolve('a')
    await a.store.settleAll()
    await pass(clock, LEASE_MS)
    expect(await first).toBe('a')
    expect(a.loads).toEqual(['discarded'])
    expect(server.texts).toEqual({ k: 'b' })
  })

  it('does not renew, store or give back what others did to it meanwhile', async () => {
    const { a, b, clock, source, first, server } = await oneLoading()
    await b.cache.delete('k')
    await pass(clock, LEASE_MS)
    source.resolve('a')
    expect(await first).toBe('a')
    await pass(clock, LEASE_MS)
    expect(a.loads).toEqual(['discarded'])
    expect([...server.keys()]).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('gives back a lease that comes after what made its load void, for those who ask after that', async () => {
    const { a, clock, server } = twoProcesses<string>()
    a.store.held = true
    const source = deferred<string>()
    const first = a.cache.getOrSet('k', () => source.promise)
    const removed = a.cache.delete('k')
    await a.store.settleAll()
    a.store.held = false
    expect(await removed).toBe(false)
    expect([...server.keys()]).toEqual([])
    expect(await a.cache.getOrSet('k', () => 'after')).toBe('after')
    source.resolve('before')
    expect(await first).toBe('before')
    await turns()
    expect(a.loads).toEqual(['stored', 'discarded'])
    expect([server.texts, clock.now()]).toEqual([{ k: 'after' }, NOW])
  })

  it('leaves nothing behind when the load fails', async () => {
    const { a, clock, source, first, server } = await oneLoading()
    source.reject(new Error('the source is down'))
    await expect(first).rejects.toThrow('the source is down')
    await turns()
    expect([...server.keys()]).toEqual([])
    expect(a.loads).toEqual(['failed'])
    expect(clock.pending).toBe(0)
  })

  it.each(['doNotStore', 'TOO_LARGE'])('leaves nothing behind when the value is not stored: %s', async (why) => {
    const { a, server, clock } = twoProcesses<string>()
    const value = why === 'TOO_LARGE' ? 'x'.repeat(2_000) : 'x'
    const given = await a.cache.getOrSet('k', ({ doNotStore }) => {
      if (why === 'doNotStore') doNotStore()
      return value
    })
    await turns()
    expect(given).toBe(value)
    expect([...server.keys()]).toEqual([])
    expect(a.loads).toEqual([why === 'doNotStore' ? 'skipped' : 'unstored'])
    expect(clock.pending).toBe(0)
  })
})

describe('a load beside what a key already holds', () => {
  it('takes what was set between its first look and its lease', async () => {
    const { a, b } = twoProcesses<string>()
    a.store.held = true
    const load = vi.fn(() => 'a')
    const got = a.cache.getOrSet('k', load)
    a.store.pending.shift()?.settle()
    await turns()
    await b.cache.set('k', 'set')
    await a.store.settleAll()
    expect(await got).toBe('set')
    expect(load).not.toHaveBeenCalled()
  })

  it('stores over a removal that is remembered, without waiting for the end of it', async () => {
    const { a, server } = twoProcesses<string>()
    server.set('k', entry(new Uint8Array(), { kind: 'tombstone', expiresAt: NOW + 1_000_000, version: version() }))
    expect(await a.cache.getOrSet('k', () => 'a')).toBe('a')
    await turns()
    expect(server.texts).toEqual({ k: 'a' })
    expect(a.store.calls.length).toBeLessThan(8)
  })
})
