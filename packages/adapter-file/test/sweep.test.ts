import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Entry, manualClock, newCall, versions } from '@cachette/core'
import type { SweepReport } from '@cachette/core/adapter'
import { describe, expect, test } from 'vitest'
import type { FilesStore } from '../src/adapter.js'
import { Layout, nameOf } from '../src/layout.js'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())

function put(key: string, ttlMs?: number, differently: Partial<Entry> = {}) {
  const { version, entry } = entryOf(key, made.next(), clock.now(), ttlMs)
  return { key, version, entry: { ...entry, ...differently } }
}

async function keysIn(store: FilesStore): Promise<string[]> {
  const keys: string[] = []
  for await (const page of store.scan('', call())) keys.push(...page.map(([key]) => key))
  return keys.sort()
}

describe('a sweep', () => {
  test('reclaims what is kept no longer, of any kind, and nothing else', async () => {
    const path = temporary()
    const store = stranger({ path, clock, sweepMs: Infinity })
    const now = clock.now()
    await store.write(
      [
        put('over', -1),
        put('over now', 0),
        put('kept', -1, { keptUntil: now + 1 }),
        put('there', 1),
        put('for ever'),
        put('a lease that is over', -1, { kind: 'lease' }),
        put('a lease', 1, { kind: 'lease' }),
      ],
      call(),
    )
    const soFar: SweepReport[] = []
    const report = await store.sweep({ onProgress: (progress) => soFar.push(progress) })
    expect(report).toMatchObject({ examined: 7, reclaimed: 3, bytes: 'over'.length + 'over now'.length + 20 })
    expect(soFar.at(-1)).toEqual(report)
    expect(await keysIn(store)).toEqual(['a lease', 'for ever', 'kept', 'there'])
    expect(existsSync(dirname(new Layout(path).entry(nameOf('over'))))).toBe(false)
    clock.advance(1)
    expect(await store.sweep()).toMatchObject({ examined: 4, reclaimed: 3 })
    expect(await keysIn(store)).toEqual(['for ever'])
    await store.close()
  })

  test('reclaims what is no entry, and leaves alone what is no file of its own', async () => {
    const path = temporary()
    const store = stranger({ path, clock, sweepMs: Infinity })
    await store.write([put('a'), put('b'), put('c')], call())
    const layout = new Layout(path)
    writeFileSync(layout.entry(nameOf('a')), 'no frame')
    writeFileSync(layout.entry(nameOf('b')), '')
    writeFileSync(`${layout.entry(nameOf('c'))}.txt`, 'of a person')
    expect(await store.sweep()).toMatchObject({ examined: 3, reclaimed: 2 })
    expect(await keysIn(store)).toEqual(['c'])
    expect(readdirSync(dirname(layout.entry(nameOf('c'))))).toHaveLength(2)
    await store.close()
  })

  test('is made some time after a write, and tells what it did', async () => {
    const reports: SweepReport[] = []
    let told = (): void => undefined
    const report = new Promise<void>((resolve) => {
      told = resolve
    })
    const store = stranger({
      path: temporary(),
      clock,
      sweepMs: 1000,
      onSweep: (one) => {
        reports.push(one)
        told()
      },
    })
    expect(clock.pending).toBe(0)
    await store.write([put('a', 10), put('b')], call())
    expect(clock.pending).toBe(1)
    clock.advance(1000)
    await report
    expect(reports).toMatchObject([{ examined: 2, reclaimed: 1 }])
    await store.close()
    expect(clock.pending).toBe(0)
    await expect(store.sweep()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('ends where it is told to', async () => {
    const store = stranger({ path: temporary(), clock, sweepMs: Infinity })
    await store.write(
      Array.from({ length: 300 }, (_, index) => put(`${index}`, -1)),
      call(),
    )
    const controller = new AbortController()
    const onProgress = (): void => controller.abort()
    await expect(store.sweep({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' })
    const left = (await keysIn(store)).length
    expect(left).toBeGreaterThan(100)
    expect(left).toBeLessThan(300)
    await store.close()
  })
})

test('every verb comes to its end where hardly any file may be open', async () => {
  const store = stranger({ path: temporary(), clock, sweepMs: Infinity, maxOpenFiles: 4 })
  const keys = Array.from({ length: 200 }, (_, index) => `${index}`)
  await store.write(
    keys.map((key, index) => put(key, index < 100 ? 0 : undefined)),
    call(),
  )
  expect(await store.read(keys, call())).not.toContain(undefined)
  expect(await store.sweep()).toMatchObject({ examined: 200, reclaimed: 100 })
  expect(await keysIn(store)).toHaveLength(100)
  const changes = keys.map((key) => ({ ...put(key), when: 'present' as const }))
  expect((await store.write(changes, call())).filter(Boolean)).toHaveLength(100)
  await store.clear('1')
  await store.clear('')
  expect(await keysIn(store)).toEqual([])
  await store.close()
})

describe('a clear', () => {
  test('of everything is one step, whose remains are deleted in the background', async () => {
    const path = temporary()
    const store = stranger({ path, clock, sweepMs: Infinity })
    await store.write(
      Array.from({ length: 100 }, (_, index) => put(`${index}`)),
      call(),
    )
    await store.clear('')
    expect(existsSync(new Layout(path).entries)).toBe(false)
    expect(await keysIn(store)).toEqual([])
    await store.write([put('a')], call())
    await store.clear('')
    await store.clear('')
    await store.sweep()
    expect(readdirSync(new Layout(path).trash)).toEqual([])
    await store.close()
  })

  test('that is closed at once leaves its remains to whoever opens the store next', async () => {
    const path = temporary()
    const store = stranger({ path, clock })
    await store.write(
      Array.from({ length: 50 }, (_, index) => put(`${index}`)),
      call(),
    )
    await Promise.all([store.clear(''), store.close()])
    const next = stranger({ path, clock })
    expect(await keysIn(next)).toEqual([])
    await next.sweep()
    expect(readdirSync(new Layout(path).trash)).toEqual([])
    await next.close()
  })
})
