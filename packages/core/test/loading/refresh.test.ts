import { describe, expect, it, vi } from 'vitest'
import { isDue } from '../../src/loading/refresh.js'
import { heard, processOf, refuseUnhandled, type Settings } from '../support/caches.js'
import { deferred, turns } from '../support/deferred.js'
import { entry, NOW } from '../support/entries.js'

refuseUnhandled()

async function loadedOnce(settings: Settings<number> = {}) {
  const process = processOf<number>(undefined, { ttlMs: 1_000, freshMs: 500, ...settings })
  let runs = 0
  const load = vi.fn(() => {
    runs += 1
    return runs
  })
  await process.cache.getOrSet('k', load)
  await turns()
  return { ...process, load }
}

describe('a stale value', () => {
  it('is given at once, and refreshed once for all who ask', async () => {
    const { cache, clock, load } = await loadedOnce()
    const refreshes = heard(cache, 'refresh')
    clock.advance(500)
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', load)))).toEqual([1, 1, 1])
    await turns()
    expect(load).toHaveBeenCalledTimes(2)
    expect(refreshes.map(({ key, reason }) => [key, reason])).toEqual([['k', 'stale']])
    expect(await cache.get('k')).toBe(2)
  })

  it('is not refreshed while it is fresh, and no longer given when it has expired', async () => {
    const { cache, clock, load } = await loadedOnce()
    clock.advance(499)
    expect(await cache.getOrSet('k', load)).toBe(1)
    await turns()
    expect(load).toHaveBeenCalledOnce()
    clock.advance(501)
    expect(await cache.getOrSet('k', load)).toBe(2)
  })

  it('is not refreshed where another process has done so meanwhile', async () => {
    const { cache, clock, load, store } = await loadedOnce()
    const other = processOf<number>(store.entries, {}, { clock })
    clock.advance(500)
    store.held = true
    const got = cache.getOrSet('k', load)
    store.pending.shift()?.settle()
    expect(await got).toBe(1)
    await other.cache.set('k', 7)
    await store.settleAll()
    expect(load).toHaveBeenCalledOnce()
    expect(await other.cache.get('k')).toBe(7)
  })

  it('hands what it was to the loader, and stays when that fails', async () => {
    const { cache, clock, loads } = await loadedOnce()
    clock.advance(500)
    const load = vi.fn(() => Promise.reject(new Error('the source is down')))
    expect(await cache.getOrSet('k', load)).toBe(1)
    await turns()
    expect(load).toHaveBeenCalledWith(expect.objectContaining({ previous: 1 }))
    expect(loads).toEqual(['stored', 'failed'])
    expect(await cache.get('k')).toBe(1)
  })

  it('is refreshed anew by who asks after it was set while a refresh from before still runs', async () => {
    const { cache, clock } = await loadedOnce()
    const slow = deferred<number>()
    clock.advance(500)
    await cache.getOrSet('k', () => slow.promise)
    await turns()
    await cache.set('k', 5, { ttlMs: 1_000, freshMs: 10 })
    clock.advance(20)
    expect(await cache.getOrSet('k', () => 6)).toBe(5)
    await turns()
    expect(await cache.get('k')).toBe(6)
    slow.resolve(2)
    await turns()
    expect(await cache.get('k')).toBe(6)
  })
})

describe('a refresh ahead', () => {
  it('begins past its fraction of the fresh time, in the background', async () => {
    const { cache, clock, load } = await loadedOnce({ load: { refreshAhead: 0.8 } })
    const refreshes = heard(cache, 'refresh')
    clock.advance(399)
    expect(await cache.getOrSet('k', load)).toBe(1)
    await turns()
    expect(load).toHaveBeenCalledOnce()
    clock.advance(1)
    expect(await cache.getOrSet('k', load)).toBe(1)
    await turns()
    expect(load).toHaveBeenCalledTimes(2)
    expect(refreshes.map(({ reason }) => reason)).toEqual(['ahead'])
  })

  it('is not undone by the sliding of what it refreshes', async () => {
    const { cache, clock, load } = await loadedOnce({ load: { refreshAhead: 0.5 }, sliding: true })
    clock.advance(300)
    expect(await cache.getOrSet('k', load)).toBe(1)
    await turns()
    expect(await cache.get('k')).toBe(2)
  })

  it('may be asked for by a single call', async () => {
    const { cache, clock, load } = await loadedOnce()
    clock.advance(300)
    await cache.getOrSet('k', load, { refreshAhead: 0.5 })
    await turns()
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('at random is the likelier the slower the loader was', async () => {
    let drawn = 0
    const { cache, clock } = processOf<number>(undefined, {
      ttlMs: 1_000,
      load: { refreshAhead: { beta: 1 } },
      random: () => drawn,
    })
    await cache.getOrSet('k', () => {
      clock.advance(100)
      return 1
    })
    await turns()
    const load = vi.fn(() => 2)
    clock.advance(800)
    // 100 ms · −ln(1 − r) reaches over the 200 ms that are left from r = 1 − e⁻² on.
    for (const [random, runs] of [
      [0.86, 0],
      [0.87, 1],
    ] as const) {
      drawn = random
      await cache.getOrSet('k', load)
      await turns()
      expect(load).toHaveBeenCalledTimes(runs)
    }
  })

  it('is never due where there is no end, no fraction, or no note of the loader’s time', () => {
    const fresh = { ...entry('v'), createdAt: NOW, staleAt: NOW + 100 }
    expect(isDue({ ...fresh, staleAt: Infinity }, NOW + 1_000, 0.1, () => 0.999)).toBe(false)
    expect(isDue(fresh, NOW + 99, undefined, () => 0.999)).toBe(false)
    expect(isDue(fresh, NOW + 99, { beta: 1 }, () => 0.999)).toBe(false)
    expect(isDue({ ...fresh, marks: { 'load.ms': 50 } }, NOW + 99, { beta: 1 }, () => 0.999)).toBe(true)
  })
})
