import { describe, expect, it, vi } from 'vitest'
import { Failures } from '../../src/loading/failures.js'
import { processOf, refuseUnhandled } from '../support/caches.js'
import { turns } from '../support/deferred.js'

refuseUnhandled()

const DOWN = new Error('the source is down')

function failing() {
  return vi.fn((): string => {
    throw DOWN
  })
}

describe('a load that fails', () => {
  it('is tried again by the next caller', async () => {
    const { cache } = processOf<string>()
    await expect(cache.getOrSet('k', failing())).rejects.toBe(DOWN)
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
  })

  it('fails for all who wait for it', async () => {
    const { cache } = processOf<string>()
    const load = failing()
    const answers = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet('k', load)))
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(load).toHaveBeenCalledOnce()
  })

  it('is remembered for as long as was asked, and no longer', async () => {
    const { cache, clock } = processOf<string>(undefined, { load: { failureTtlMs: 500 } })
    await expect(cache.getOrSet('k', failing())).rejects.toBe(DOWN)
    const load = vi.fn(() => 'loaded')
    clock.advance(499)
    await expect(cache.getOrSet('k', load)).rejects.toBe(DOWN)
    expect(load).not.toHaveBeenCalled()
    clock.advance(1)
    expect(await cache.getOrSet('k', load)).toBe('loaded')
  })

  it('is remembered for its key alone, and not past a value that was set', async () => {
    const { cache } = processOf<string>(undefined, { load: { failureTtlMs: 500 } })
    await expect(cache.getOrSet('k', failing())).rejects.toBe(DOWN)
    expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded')
    await cache.set('k', 'set')
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('set')
  })

  it('at once, at its call, fails like one that is late', async () => {
    const { cache, loads } = processOf<string>()
    await expect(cache.getOrSet('k', failing())).rejects.toBe(DOWN)
    await expect(cache.getOrSet('k', () => Promise.reject(DOWN))).rejects.toBe(DOWN)
    expect(loads).toEqual(['failed', 'failed'])
  })
})

describe('the back-off of a load behind a kept value', () => {
  async function kept(backoffMs?: number) {
    const process = processOf<string>(undefined, { load: { backoffMs } })
    await process.cache.set('k', 'old', { ttlMs: 100, graceMs: 1_000_000 })
    process.clock.advance(200)
    return { ...process, load: failing() }
  }

  it('leaves the source alone for a second, then for twice as long with each failure, up to 32 times', async () => {
    const { cache, clock, load } = await kept()
    for (const seconds of [1, 2, 4, 8, 16, 32, 32, 32]) {
      load.mockClear()
      expect(await cache.getOrSet('k', load)).toBe('old')
      expect(load).toHaveBeenCalledOnce()
      clock.advance(seconds * 1_000 - 1)
      expect(await cache.getOrSet('k', load)).toBe('old')
      expect(load).toHaveBeenCalledOnce()
      clock.advance(1)
    }
  })

  it('begins anew once a load has succeeded', async () => {
    const { cache, clock, load } = await kept()
    await cache.getOrSet('k', load)
    clock.advance(1_000)
    await cache.getOrSet('k', load)
    clock.advance(2_000)
    expect(await cache.getOrSet('k', () => 'new', { ttlMs: 100, graceMs: 1_000_000 })).toBe('new')
    await turns()
    clock.advance(200)
    expect(await cache.getOrSet('k', load)).toBe('new')
    clock.advance(1_000)
    load.mockClear()
    await cache.getOrSet('k', load)
    expect(load).toHaveBeenCalledOnce()
  })

  it('is as long as was asked', async () => {
    const { cache, clock, load } = await kept(50)
    await cache.getOrSet('k', load)
    clock.advance(50)
    await cache.getOrSet('k', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('also holds for the refresh of a stale value', async () => {
    const { cache, clock } = processOf<string>()
    await cache.set('k', 'old', { freshMs: 10, ttlMs: 100_000 })
    clock.advance(20)
    const load = failing()
    for (let calls = 0; calls < 3; calls += 1) {
      expect(await cache.getOrSet('k', load)).toBe('old')
      await turns()
    }
    expect(load).toHaveBeenCalledOnce()
  })

  it('does not stand in the way of a load where nothing else can be given', async () => {
    const { cache, load } = await kept()
    await cache.getOrSet('k', load)
    await turns()
    await cache.delete('k')
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
  })

  it('does not give a kept value that turns out to be damaged', async () => {
    const { cache, load, store } = await kept()
    await cache.getOrSet('k', load)
    await turns()
    const entry = store.entries.get('k')
    if (entry !== undefined) store.entries.set('k', { ...entry, marks: { codec: 'another' } })
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded')
  })
})

describe('the memory of failures', () => {
  it('is bounded: the oldest is forgotten first', () => {
    const failures = new Failures()
    for (let index = 0; index <= 10_000; index += 1) failures.add(`k${index}`, DOWN, 0, 0, 1_000)
    expect(failures.current('k0', 1)).toBeUndefined()
    expect(failures.current('k1', 1)).toMatchObject({ error: DOWN, times: 1, until: 1_000 })
    expect(failures.current('k10000', 1)).toBeDefined()
    failures.add('k1', DOWN, 0, 0, 1_000)
    failures.add('new', DOWN, 0, 0, 1_000)
    expect(failures.current('k1', 1)).toMatchObject({ times: 2 })
    expect(failures.current('k2', 1)).toBeUndefined()
  })

  it('ends at its time', () => {
    const failures = new Failures()
    failures.add('k', DOWN, 100, 50, 20)
    expect(failures.current('k', 149)).toMatchObject({ until: 150, rememberedUntil: 120 })
    expect(failures.current('k', 150)).toBeUndefined()
    failures.forget('k')
    failures.add('k', DOWN, 200, 50, 20)
    expect(failures.current('k', 200)).toMatchObject({ until: 250 })
  })
})
