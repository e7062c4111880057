import { createCache, manualClock } from '@cachette/core'
import type { SweepReport } from '@cachette/core/adapter'
import { describe, expect, vi } from 'vitest'
import { Lmdb } from '../src/adapter.js'
import { parse } from '../src/options.js'
import { test, using } from './support.js'

// A device that is waited for can be busy.
vi.setConfig({ testTimeout: 60_000 })

const COUNT = 2_000

/** A store of which every second entry ends after a second. */
async function half(
  folder: string,
  options: { readonly sweepMs?: number; readonly onSweep?: (report: SweepReport) => void } = {},
) {
  const clock = manualClock()
  const store = new Lmdb(parse({ path: folder, clock, durability: 'none', ...options }))
  const tools = using(store, clock)
  const names = Array.from({ length: COUNT }, (_, index) => `key ${index}`)
  await tools.write(...names.map((name, index) => tools.put(name, 'x'.repeat(10), index % 2 === 0 ? 1_000 : Infinity)))
  return { clock, store, ...tools }
}

describe('a sweep', () => {
  test('reclaims what is kept no longer, and tells how far it is', async ({ folder }) => {
    const { clock, store, keys } = await half(folder)
    expect(await store.sweep()).toMatchObject({ examined: COUNT, reclaimed: 0, bytes: 0 })
    clock.advance(1_000)
    const soFar: number[] = []
    const report = await store.sweep({ onProgress: ({ reclaimed }) => soFar.push(reclaimed) })
    expect(report).toMatchObject({ examined: COUNT, reclaimed: COUNT / 2, bytes: 10 * (COUNT / 2) })
    expect(soFar.length).toBeGreaterThan(3)
    expect(soFar).toEqual([...soFar].sort((a, b) => a - b))
    expect((await keys()).length).toBe(COUNT / 2)
    await store.close()
  })

  test('keeps what is expired until it is kept no longer', async ({ folder }) => {
    const clock = manualClock()
    const store = new Lmdb(parse({ path: folder, clock }))
    const { write, put, keys } = using(store, clock)
    await write(put('a', 'x', 1_000, 1_000))
    clock.advance(1_999)
    await store.sweep()
    expect(await keys()).toEqual(['a'])
    clock.advance(1)
    await store.sweep()
    expect(await keys()).toEqual([])
    await store.close()
  })

  test('leaves what is written anew while it goes on', async ({ folder }) => {
    const { clock, store, write, put, keys } = await half(folder)
    clock.advance(1_000)
    const sweeping = store.sweep()
    await write(...Array.from({ length: COUNT }, (_, index) => put(`key ${index}`, 'new')))
    await sweeping
    expect((await keys()).length).toBe(COUNT)
    await store.close()
  })

  test('begins by itself after a write, reports, and holds no process', async ({ folder }) => {
    const reports: SweepReport[] = []
    const { clock, store } = await half(folder, { sweepMs: 5_000, onSweep: (report) => reports.push(report) })
    clock.advance(5_000)
    await store.sweep()
    expect(reports).toMatchObject([{ reclaimed: COUNT / 2 }])
    await store.close()
    expect(clock.pending).toBe(0)
  })

  test('ends at close and when it is told to', async ({ folder }) => {
    const { clock, store } = await half(folder)
    clock.advance(1_000)
    const abort = new AbortController()
    const aborted = store.sweep({ signal: abort.signal, onProgress: () => abort.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    const ended = store.sweep()
    await store.close()
    expect((await ended).examined).toBeLessThan(COUNT)
    await expect(store.sweep()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

test('what a cache stores is reclaimed through its store', async ({ folder }) => {
  const clock = manualClock()
  const store = new Lmdb(parse({ path: folder, clock }))
  const cache = createCache<string>({ store, clock, ttlMs: 100 })
  await cache.set('a', 'x')
  clock.advance(100)
  expect(await store.sweep()).toMatchObject({ reclaimed: 1 })
  await cache.close()
})
