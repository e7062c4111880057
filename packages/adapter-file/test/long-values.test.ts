import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Marks, manualClock, newCall, versions } from '@cachette/core'
import { expect, test } from 'vitest'
import { Layout, nameOf } from '../src/layout.js'
import { entryOf, stranger, temporary } from './support.js'

const clock = manualClock()
const made = versions(clock, 1)
const call = () => newCall(clock.now())
const put = (key: string, size: number, marks: Marks = {}) => {
  const { version, entry } = entryOf(key.padEnd(size, '.'), made.next(), clock.now())
  return { key, version, entry: { ...entry, marks } }
}

/** Around what is read at first, what is staged, what a page holds, and more than that. */
const SIZES = [0, 3_900, 4_096, 16_300, 16_384, 70_000, 1_100_000, 5_000_000, 9_000_000]

test.each([false, true])(
  'values of any length are read and scanned as they are, on the device or not (%s)',
  async (fsync) => {
    const path = temporary()
    const store = stranger({ path, clock, fsync })
    const puts = SIZES.map((size) => put(`${size} bytes`, size))
    expect(await store.write(puts, call())).toEqual(SIZES.map(() => true))
    const sizes = new Map<string, number | undefined>()
    for await (const page of store.scan('', call())) {
      for (const [key, { value }] of page) sizes.set(key, value?.length)
    }
    expect(sizes).toEqual(new Map(puts.map(({ key, entry }) => [key, entry.size])))
    const found = await store.read([...sizes.keys()], call())
    expect(found.map((entry) => entry?.value?.length)).toEqual([...sizes.values()])
    const headers = await store.read([...sizes.keys()], newCall(clock.now(), { want: 'header' }))
    expect(headers.map((entry) => entry?.size)).toEqual([...sizes.values()])
    const removals = puts.slice(1).map(({ key }) => ({ key, entry: undefined, version: made.next() }))
    expect(await store.write(removals, call())).toEqual(removals.map(() => true))
    await store.clear('')
    expect(await store.read(['0 bytes'], call())).toEqual([undefined])
    await store.close()
    expect(readdirSync(new Layout(path).claims)).toEqual([])
  },
)

test('a head that is longer than what is read at first is read whole', async () => {
  const store = stranger({ path: temporary(), clock, sweepMs: Infinity })
  const marks = { note: 'x'.repeat(60_000) }
  await store.write([put('a', 10, marks)], call())
  const [header] = await store.read(['a'], newCall(clock.now(), { want: 'header' }))
  expect(header?.marks['note'] === marks.note).toBe(true)
  expect(await store.sweep()).toMatchObject({ examined: 1, reclaimed: 0 })
  const notes: unknown[] = []
  for await (const page of store.scan('', call()))
    notes.push(...page.map(([, found]) => found.marks['note'] === marks.note))
  expect(notes).toEqual([true])
  await store.close()
})

test('a scan fails where the store goes away between two of its pages', async () => {
  const path = temporary()
  const store = stranger({ path, clock })
  await store.write([put('a', 6_000_000), put('b', 6_000_000)], call())
  const pages = store.scan('', call())
  const rest = async (): Promise<void> => {
    for await (const page of pages) if (page.length > 0) rmSync(path, { recursive: true })
  }
  await expect(rest()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await store.close()
})

test('what another machine left is given up after a day', async () => {
  const path = temporary()
  const store = stranger({ path, clock })
  await store.write([put('a', 1)], call())
  const { claims } = new Layout(path)
  const file = join(claims, `${nameOf('a')}.put.ffffffff-1-0-0.1`)
  writeFileSync(file, 'half')
  await store.sweep()
  expect(readFileSync(file, 'utf8')).toBe('half')
  const before = Date.now() / 1000 - 25 * 3600
  utimesSync(file, before, before)
  await store.sweep()
  expect(existsSync(file)).toBe(false)
  await store.close()
})
