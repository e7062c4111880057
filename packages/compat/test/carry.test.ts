import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { level } from '@cachette/adapter-level'
import { createCache, manualClock } from '@cachette/core'
import { Level } from 'level'
import { type Key, open as openLmdb } from 'lmdb'
import { expect, test } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { type CarriedOver, openCache } from '../src/level-cache.js'
import { PlainCache } from './plain-cache.js'
import { all, paths } from './support.js'

const newPath = paths()
const START = 2_000_000_000_000
const OVER = ['level', 'lmdb'] as const
const child = built(new URL('./carry-child.ts', import.meta.url))

/** A database as a small cache over plain `level` leaves it. */
async function writeOld(path: string, now = START): Promise<void> {
  const old = PlainCache.open(path, 'n', () => now)
  await old.batch([
    { type: 'put', key: 'ever', value: { a: [1, 'x', null] } },
    { type: 'put', key: 'hour', value: 'y', ttlMs: 3_600_000 },
    { type: 'put', key: 'over', value: 'z', ttlMs: -1 },
    { type: 'put', key: 'nothing', value: undefined },
    { type: 'put', key: 'null', value: null },
    { type: 'put', key: 'long'.repeat(1_000), value: 'long' },
  ])
  await old.withNamespace('m').withNamespace('l').set('deep', 1)
  await old.close()
}

test.each(OVER)('a database of before is carried over, to %s', async (over) => {
  const path = newPath()
  await writeOld(path)
  const clock = manualClock(START)
  const reports: CarriedOver[] = []
  const open = () =>
    openCache<unknown>({ path, namespace: 'n', over, clock, onCarriedOver: (report) => reports.push(report) })
  const cache = open()
  expect(await all(cache.entries())).toEqual([
    ['ever', { a: [1, 'x', null] }],
    ['hour', 'y'],
    ['null', null],
    ['long'.repeat(1_000), 'long'],
  ])
  expect(await cache.get('long'.repeat(1_000))).toBe('long')
  expect(await cache.withNamespace('m').withNamespace('l').get('deep')).toBe(1)
  expect(reports).toEqual([{ from: 'level', entries: 5, expired: 1, refused: 0 }])
  clock.advance(3_600_000)
  expect(await cache.get('hour')).toBeUndefined()
  await cache.del('ever')
  await cache.close()
  // What was removed since does not come back, and nothing of the old files is left.
  const again = open()
  expect((await all(again.entries())).map(([key]) => key)).toEqual(['null', 'long'.repeat(1_000)])
  await again.close()
  expect([readdirSync(path), reports.length]).toEqual([[over], 1])
})

test('two that are opened at once carry it over together', async () => {
  const path = newPath()
  await writeOld(path)
  const reports: CarriedOver[] = []
  const open = () =>
    openCache<unknown>({ path, namespace: 'n', clock, onCarriedOver: (report) => reports.push(report) })
  const clock = manualClock(START)
  const [one, two] = [open(), open()]
  expect([await one.get('hour'), await two.get('hour')]).toEqual(['y', 'y'])
  expect(reports).toHaveLength(1)
  await Promise.all([one.close(), two.close()])
})

test.each([
  ['JSON', { encoding: 'json' }],
  ['MessagePack', { encoding: 'msgpack' }],
  ['JSON with versions', { encoding: 'json', useVersions: true }],
  ['MessagePack with versions, compressed', { encoding: 'msgpack', useVersions: true, compression: true }],
] as const)('one over LMDB, too, in %s', async (_, encoding) => {
  const path = newPath()
  const old = openLmdb<unknown, string>({ path, ...encoding })
  const put = (key: string, value: unknown) => old.put(key, value, 1)
  await put('n\u241fa', { v: { date: new Date(0) } })
  await put('n\u241fb', { v: 2, x: START - 1 })
  await put('n\u241fc', { v: 'long '.repeat(1_000), x: START + 1 })
  if (encoding.encoding === 'msgpack') await put('n\u241fd', { v: 2n ** 62n })
  await old.close()
  const reports: CarriedOver[] = []
  const cache = openCache<unknown>({
    path,
    namespace: 'n',
    over: 'lmdb',
    clock: manualClock(START),
    onCarriedOver: (report) => reports.push(report),
  })
  expect(await all(cache.entries())).toEqual([
    ['a', { date: '1970-01-01T00:00:00.000Z' }],
    ['c', 'long '.repeat(1_000)],
  ])
  const refused = encoding.encoding === 'msgpack' ? 1 : 0
  expect(reports).toEqual([{ from: 'lmdb', entries: 2, expired: 1, refused }])
  await cache.close()
  expect(readdirSync(path)).toEqual(['lmdb'])
})

test('one of something else over LMDB is refused and left alone', async () => {
  const path = newPath()
  const theirs = openLmdb<unknown, Key>({ path })
  await theirs.put('a', { v: 1 })
  await theirs.put(['b', 7], { v: 1 })
  await theirs.close()
  await expect(openCache({ path, over: 'lmdb' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  const again = openLmdb<unknown, Key>({ path })
  expect(again.get(['b', 7])).toEqual({ v: 1 })
  await again.put('a', 'a text')
  await again.close()
  await expect(openCache({ path, over: 'lmdb' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
})

test('a cache of Cachette over the same store finds the same entries', async () => {
  const path = newPath()
  await writeOld(path, Date.now())
  const cache = openCache<unknown>({ path, namespace: 'n/m' })
  await cache.set('new', ['x'])
  await cache.close()
  const modern = createCache({ store: level({ path: join(path, 'level') }) })
  expect(await modern.namespace('n').get('ever')).toEqual({ a: [1, 'x', null] })
  expect(await modern.namespace('n/m').get('new')).toEqual(['x'])
  await modern.namespace('n').set('text', 'by itself')
  await modern.close()
  const again = openCache<unknown>({ path, namespace: 'n' })
  expect(await again.get('text')).toBe('by itself')
  await again.close()
})

test.each([
  ['no JSON', 'a text'],
  ['other JSON', '{"v":1,"name":"x"}'],
  ['a list', '[1]'],
])('a database of something else is refused and left alone: %s', async (_, value) => {
  const path = newPath()
  const theirs = new Level(path)
  await theirs.put('a', value)
  await theirs.close()
  const cache = openCache({ path })
  await expect(cache).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await expect(cache.set('a', 1)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  await cache.close()
  const again = new Level(path)
  expect(await again.get('a')).toBe(value)
  await again.close()
})

test('one that somebody has open is refused until it is free', async () => {
  const path = newPath()
  await writeOld(path)
  const held = new Level(path)
  await held.open()
  const cache = openCache({ path, namespace: 'n' })
  await expect(cache.has('ever')).rejects.toMatchObject({ code: 'LOCKED' })
  await held.close()
  expect(await cache.has('ever')).toBe(true)
  await cache.close()
})

test('a damaged one is refused, and does not end the process', async () => {
  const path = newPath()
  const old = new Level<string, unknown>(path, { valueEncoding: 'json' })
  const keys = Array.from({ length: 2_000 }, (_, index) => `n\u241f${index}`)
  await old.batch(keys.map((key) => ({ type: 'put', key, value: { v: key } })))
  await old.close()
  // What lies in the log becomes a table with the next opening.
  await old.open()
  await old.close()
  const [table = ''] = readdirSync(path).filter((name) => name.endsWith('.ldb'))
  const bytes = readFileSync(join(path, table))
  bytes.fill(0x5a, 200, 400)
  writeFileSync(join(path, table), bytes)
  const { module } = await child
  const running = spawn(process.execPath, [fileURLToPath(module), path, 'level', 'Infinity'], { stdio: 'pipe' })
  const [said, [code]] = await Promise.all([text(running.stderr), once(running, 'exit')])
  expect(code).toBe(1)
  expect(said).toContain('CORRUPT')
  expect(readdirSync(path)).toContain(table)
}, 60_000)

test('files that a process has left behind once all was carried over are deleted', async () => {
  const path = newPath()
  await writeOld(path)
  const moved = newPath()
  const cache = openCache({ path: moved, namespace: 'n' })
  await cache.set('mine', 1)
  await cache.close()
  renameSync(join(moved, 'level'), join(path, 'level'))
  renameSync(join(path, 'CURRENT'), join(path, 'CURRENT.carried-over'))
  const again = openCache({ path, namespace: 'n' })
  expect((await all(again.entries())).map(([key]) => key)).toEqual(['mine'])
  await again.close()
  expect(readdirSync(path)).toEqual(['level'])
})

test.each(OVER)(
  'a process that is killed at any moment leaves it to the next, which goes on: to %s',
  async (over) => {
    const path = newPath()
    const keys = Array.from({ length: 4_500 }, (_, index) => `key ${index}`)
    const old = PlainCache.open(path, 'n', Date.now)
    await old.batch(keys.map((key) => ({ type: 'put', key, value: `of ${key}`, ttlMs: 3_600_000 })))
    await old.close()
    const { module } = await child
    for (const asked of [1, 2, 3, 4, 6, 8, 10]) {
      for (const when of ['at once', 'a turn later']) {
        const running = spawn(process.execPath, [fileURLToPath(module), path, over, String(asked), when], {
          stdio: 'inherit',
        })
        const [, signal] = await once(running, 'exit')
        expect(signal).toBe('SIGKILL')
      }
    }
    const cache = openCache<string>({ path, namespace: 'n', over })
    const found = new Map(await all(cache.entries()))
    expect(found.size).toBe(keys.length)
    for (const key of keys) expect(found.get(key)).toBe(`of ${key}`)
    await cache.close()
    expect(readdirSync(path)).toEqual([over])
  },
  120_000,
)
