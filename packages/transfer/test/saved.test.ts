import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@cachette/adapter-memory'
import { json, manualClock, type Store } from '@cachette/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { restoreFrom, saveTo } from '../src/index.js'
import { changed, clock, contents, copies, entry, failure, NOW, numbered, put, version } from './support.js'

const as = <T>(value: unknown): T => value as T

let folder = ''
let file = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-'))
  file = join(folder, 'tier')
})
afterEach(() => rm(folder, { recursive: true }))

/** As if it had been saved by the clock of these tests. */
const savedAt = (ms: number): Promise<void> => utimes(file, ms / 1_000, ms / 1_000)

describe('a tier that is saved', () => {
  it('is there again after a start, once', async () => {
    const [before, after] = [copies(), copies()]
    await put(before, numbered(700))
    expect((await saveTo(before, file, { clock })).entries).toBe(700)
    expect(await readdir(folder)).toEqual(['tier'])
    expect((await stat(file)).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
    await savedAt(NOW)
    const restored = await restoreFrom(after, file, { clock })
    expect(restored).toMatchObject({ outcome: 'restored', report: { counts: { copied: 700 } } })
    expect(await contents(after)).toEqual(await contents(before))
    // What is removed from here on must not come back after a crash.
    expect(await readdir(folder)).toEqual([])
    expect(await restoreFrom(after, file, { clock })).toEqual({ outcome: 'absent' })
  })

  it('may keep values by reference, with a codec', async () => {
    const [before, after] = [memory<unknown>({ clock }), memory<unknown>({ clock })]
    await put(as(before), { a: { ...entry(''), marks: {}, value: as({ name: 'Ada' }) } })
    const refused = await failure(saveTo(as<Store>(before), file, { clock }))
    expect(refused.code).toBe('UNSUPPORTED')
    expect(await readdir(folder)).toEqual([])
    await saveTo(before, file, { clock, codec: json() })
    expect((await failure(restoreFrom(as<Store>(after), file, { clock }))).code).toBe('UNSUPPORTED')
    expect(await readdir(folder)).toEqual(['tier'])
    await savedAt(NOW)
    await restoreFrom(after, file, { clock, codec: json() })
    expect(await contents(after)).toMatchObject({ a: { value: { name: 'Ada' } } })
  })

  it('never overwrites what is newer by the time it is restored', async () => {
    const [before, after] = [copies(), copies()]
    await put(before, { a: entry('older') })
    await saveTo(before, file, { clock })
    await savedAt(NOW)
    await put(after, { a: entry('newer', { version: version(NOW + 1) }) })
    expect(await restoreFrom(after, file, { clock })).toMatchObject({ report: { counts: { newer: 1, copied: 0 } } })
  })

  it('leaves out what has expired', async () => {
    const later = manualClock(NOW + 10_000)
    const [before, after] = [copies(), memory({ copies: true, clock: later })]
    await put(before, { a: entry('1', { staleAt: NOW + 1, expiresAt: NOW + 1, keptUntil: NOW + 1 }), b: entry('2') })
    await saveTo(before, file, { clock })
    await savedAt(NOW)
    const restored = await restoreFrom(after, file, { clock: later })
    expect(restored).toMatchObject({ report: { counts: { copied: 1, leftOut: 1 } } })
  })
})

describe('a file that', () => {
  it('is too old is told of, and not read', async () => {
    const [before, after] = [copies(), copies()]
    await put(before, { a: entry('1') })
    await saveTo(before, file, { clock })
    await savedAt(NOW - 300_001)
    expect(await restoreFrom(after, file, { clock })).toEqual({ outcome: 'old', ageMs: 300_001 })
    expect(await contents(after)).toEqual({})
    expect(await readdir(folder)).toEqual([])
  })

  it('is damaged anywhere is told of, and nothing wrong is restored', async () => {
    const before = copies()
    await put(before, numbered(20))
    const all = await contents(before)
    await saveTo(before, file, { clock })
    const good = await readFile(file)
    for (let at = 0; at < good.length; at += 97) {
      const bad = Buffer.from(good)
      bad.writeUInt8(bad.readUInt8(at) ^ 0x15, at)
      await writeFile(file, bad)
      await savedAt(NOW)
      const after = copies()
      expect(await restoreFrom(after, file, { clock })).toMatchObject({
        outcome: 'unreadable',
        error: { code: 'CORRUPT' },
      })
      for (const [key, found] of Object.entries(await contents(after))) expect(found).toEqual(all[key])
    }
  })

  it('is of another codec is told of', async () => {
    const before = copies()
    await put(before, { a: entry('1', { marks: { codec: 'msgpack' } }) })
    await saveTo(before, file, { clock })
    await savedAt(NOW)
    const restored = await restoreFrom(memory<unknown>({ clock }), file, { clock, codec: json() })
    expect(restored).toMatchObject({ outcome: 'unreadable', error: { code: 'UNSUPPORTED' } })
  })

  it.each([0, 1, 300])('was cut off at %i bytes is told of', async (bytes) => {
    const before = copies()
    await put(before, numbered(20))
    await saveTo(before, file, { clock })
    await writeFile(file, (await readFile(file)).subarray(0, bytes))
    await savedAt(NOW)
    expect(await restoreFrom(copies(), file, { clock })).toMatchObject({ outcome: 'unreadable' })
  })

  it('is there already stays whole where saving fails', async () => {
    const store = copies()
    await put(store, numbered(3))
    await saveTo(store, file, { clock })
    const good = await readFile(file)
    const failing = changed(store, {
      scan: () => {
        throw new Error('the store is gone')
      },
    })
    expect((await failure(saveTo(failing, file, { clock }))).message).toContain('the store is gone')
    const signal = AbortSignal.abort()
    expect((await failure(saveTo(store, file, { clock, signal }))).code).toBe('ABORTED')
    expect(await readFile(file)).toEqual(good)
    expect(await readdir(folder)).toEqual(['tier'])
  })
})

it.each<[string, () => Promise<unknown>, string]>([
  ['no store', () => saveTo(as<Store>(undefined), file), 'saveTo: expected store to be a store'],
  ['a cache', () => restoreFrom(as<Store>({ getOrSet: 1 }), file), 'restoreFrom: expected store to be a store'],
  ['no file', () => saveTo(copies(), ''), 'expected file to be the path of a file'],
  ['an unknown option', () => restoreFrom(copies(), file, as({ maxAge: 1 })), 'did you mean "maxAgeMs"'],
  ['a checkpoint', () => saveTo(copies(), file, as({ checkpoint: {} })), 'saveTo has no option "checkpoint"'],
])('%s is refused', async (_, run, text) => {
  const error = await failure(run())
  expect(error).toMatchObject({ code: 'INVALID_OPTION' })
  expect(error.message).toContain(text)
})

it('a folder that is not there is a failure to save, and nothing to restore', async () => {
  const there = join(folder, 'no', 'tier')
  expect(await failure(saveTo(copies(), there))).toMatchObject({ operation: 'saveTo' })
  expect(await restoreFrom(copies(), there)).toEqual({ outcome: 'absent' })
  expect(await failure(restoreFrom(copies(), folder))).toMatchObject({ operation: 'restoreFrom' })
})
