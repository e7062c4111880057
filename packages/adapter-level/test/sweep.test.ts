import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@cachette/core'
import type { SweepReport } from '@cachette/core/adapter'
import { expect, test } from 'vitest'
import { type LevelOptions, level } from '../src/index.js'
import { rawly } from './rawly.js'
import { codeOf, freshPath } from './support.js'
import { using } from './using.js'

function opened(options: Partial<LevelOptions> = {}) {
  const path = freshPath()
  const clock = manualClock()
  const store = level({ path, clock, ...options })
  return { path, clock, store, ...using(store, clock) }
}

function rawKeys(path: string): Promise<readonly string[]> {
  return rawly(path, (driver) => driver.keys().all())
}

function bytesOf(path: string): number {
  return readdirSync(path).reduce((sum, file) => sum + statSync(join(path, file)).size, 0)
}

test('a sweep reclaims what is kept no longer and says how much, page by page', async () => {
  const { path, clock, store, set } = opened()
  const text = 'x'.repeat(100)
  await Promise.all(Array.from({ length: 600 }, (_, index) => set(`ends ${index}`, text, 1_000)))
  await Promise.all(Array.from({ length: 10 }, (_, index) => set(`stays ${index}`, text)))
  clock.advance(999)
  expect(await store.sweep()).toMatchObject({ examined: 610, reclaimed: 0, bytes: 0 })
  clock.advance(1)
  const soFar: SweepReport[] = []
  const report = await store.sweep({ onProgress: (progress) => soFar.push(progress) })
  expect(report).toMatchObject({ examined: 610, reclaimed: 600 })
  expect(report.bytes).toBeGreaterThan(600 * 100)
  expect(soFar.length).toBeGreaterThan(2)
  expect(await rawKeys(path)).toHaveLength(10)
  await store.close()
})

test('it runs by itself some time after a write, and tells', async () => {
  const reports: SweepReport[] = []
  let told: (() => void) | undefined
  const heard = new Promise<void>((resolve) => {
    told = resolve
  })
  const { clock, store, set } = opened({
    sweepMs: 60_000,
    onSweep: (report) => {
      reports.push(report)
      told?.()
    },
  })
  await set('a', 'x', 1_000)
  expect(clock.runNext()).toBe(true)
  await heard
  expect(reports).toMatchObject([{ examined: 1, reclaimed: 1 }])
  await store.close()
})

test('what was written anew since a page was looked at stays', async () => {
  const { clock, store, set, get } = opened()
  await Promise.all(Array.from({ length: 300 }, (_, index) => set(`key ${index}`, 'old', 1_000)))
  clock.advance(1_000)
  const sweeping = store.sweep()
  const writing = Promise.all(Array.from({ length: 300 }, (_, index) => set(`key ${index}`, 'new')))
  await Promise.all([sweeping, writing])
  for (let index = 0; index < 300; index += 1) expect(await get(`key ${index}`)).toBe('new')
  await store.close()
})

test('closing ends it', async () => {
  const { store, set, clock } = opened()
  await Promise.all(Array.from({ length: 2_000 }, (_, index) => set(`key ${index}`, 'x', 1_000)))
  clock.advance(1_000)
  const sweeping = store.sweep()
  await store.close()
  expect((await sweeping).examined).toBeLessThan(2_000)
  expect(await codeOf(() => store.sweep())).toBe('CLOSED')
})

test('the room of what was reclaimed is given back when that is asked for', async () => {
  const { path, store, set, clock } = opened({ compression: false, bufferBytes: 262_144 })
  const text = 'x'.repeat(20_000)
  await Promise.all(Array.from({ length: 400 }, (_, index) => set(`key ${index}`, text, 1_000)))
  const before = bytesOf(path)
  expect(before).toBeGreaterThan(6_000_000)
  clock.advance(1_000)
  await store.sweep()
  await set('stays', 'x')
  await store.compact()
  expect(bytesOf(path)).toBeLessThan(before / 4)
  expect(await rawKeys(path)).toEqual(['stays'])
  await store.close()
  expect(await codeOf(() => store.compact())).toBe('CLOSED')
})

test('what is no entry is left to those who read it', async () => {
  const { path, store, set } = opened()
  await set('a', 'x')
  await rawly(path, (driver) => driver.put('b', Buffer.from('no frame')))
  expect(await store.sweep()).toMatchObject({ examined: 2, reclaimed: 0 })
  await store.close()
})

test('a failure is told', async () => {
  const { store } = opened({ path: join(import.meta.filename ?? '/dev/null', 'below a file') })
  expect(await codeOf(() => store.sweep())).toBe('BACKEND')
  await store.close()
})
