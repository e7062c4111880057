import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualClock } from '@cachette/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { level, type RepairReport, repair } from '../src/index.js'
import { examine } from './children.js'
import { COUNT, copied, filesOf, filled, NOTHING } from './filled.js'
import { freshPath } from './support.js'
import { using } from './using.js'

const FINE = { read: ['done'], scan: 'done', write: 'done' }

let whole: string
beforeAll(async () => {
  whole = await filled()
}, 60_000)

const TABLE = /\.ldb$/
const LOG = /\.log$/
const MANIFEST = /^MANIFEST/

function change(path: string, kind: RegExp, how: (bytes: Buffer) => Buffer): void {
  const [file = ''] = filesOf(path, kind)
  const place = join(path, file)
  writeFileSync(place, how(readFileSync(place)))
}

function remove(path: string, kind: RegExp): void {
  const [file = ''] = filesOf(path, kind)
  rmSync(join(path, file))
}

const flipped = (every: number) => (bytes: Buffer) => {
  for (let page = 0; page < bytes.length; page += every) {
    for (let flip = 0; flip < 4; flip += 1) {
      const at = page + ((flip * 997) % every)
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ 0x55
    }
  }
  return bytes
}

const scribbled = (bytes: Buffer): Buffer => bytes.fill('scribble', bytes.length / 2, bytes.length / 2 + 2000)

/** What is done to a database, and how much of it a repair gives back at least. */
const DAMAGES: readonly (readonly [what: string, damage: (path: string) => void, least: number])[] = [
  ['CURRENT is garbage', (path) => writeFileSync(join(path, 'CURRENT'), 'garbage'), COUNT],
  ['CURRENT is empty', (path) => truncateSync(join(path, 'CURRENT')), COUNT],
  ['CURRENT is missing', (path) => rmSync(join(path, 'CURRENT')), COUNT],
  ['the manifest is missing', (path) => remove(path, MANIFEST), COUNT],
  ['the manifest is garbage', (path) => change(path, MANIFEST, () => Buffer.alloc(200, 'garbage')), COUNT],
  ['the manifest is cut off', (path) => change(path, MANIFEST, (bytes) => bytes.subarray(0, 60)), COUNT],
  ['a table is missing', (path) => remove(path, TABLE), 1],
  ['a table is empty', (path) => change(path, TABLE, () => Buffer.alloc(0)), 1],
  ['a table is cut off', (path) => change(path, TABLE, (bytes) => bytes.subarray(0, bytes.length / 2)), 1],
  ['a table is scribbled on', (path) => change(path, TABLE, scribbled), 1],
  ['a table has four flipped bytes in each 4 kB', (path) => change(path, TABLE, flipped(4096)), 1],
  ['the log is missing', (path) => remove(path, LOG), 1],
  ['the log is scribbled on', (path) => change(path, LOG, scribbled), 1],
  ['the log has flipped bytes', (path) => change(path, LOG, flipped(4096)), 1],
]

describe.each(DAMAGES)('where %s', (_, damage, least) => {
  test('opening says so, the process lives, and a repair gives back what can be restored', async () => {
    const path = copied(whole)
    damage(path)
    expect(await examine(path)).toEqual({ ...NOTHING, read: ['CORRUPT'], scan: 'CORRUPT', write: 'CORRUPT' })
    const { setAside } = await repair(path)
    const told = await examine(path)
    expect(told).toEqual({ ...NOTHING, right: told.right, missing: COUNT - told.right, ...FINE })
    expect(told.right).toBeGreaterThanOrEqual(least)
    expect(filesOf(join(path, 'lost'), /./)).toEqual(expect.arrayContaining([...setAside]))
  }, 30_000)
})

test('a log that ends within a record is what a kill leaves, and opens', async () => {
  const path = copied(whole)
  change(path, LOG, (bytes) => bytes.subarray(0, bytes.length - 100))
  const told = await examine(path)
  expect(told).toEqual({ ...NOTHING, right: told.right, missing: COUNT - told.right, ...FINE })
  expect(told.missing).toBeGreaterThan(0)
}, 30_000)

test("a table that was being written at a kill is in nobody's way", async () => {
  const path = copied(whole)
  writeFileSync(join(path, '000999.ldb'), 'half a table')
  expect(await examine(path)).toEqual({ ...NOTHING, right: COUNT, ...FINE })
}, 30_000)

test('a database whose making was cut off is made anew', async () => {
  const path = freshPath()
  mkdirSync(path)
  writeFileSync(join(path, 'MANIFEST-000001'), 'half a man')
  expect(await examine(path)).toMatchObject({ missing: COUNT, read: ['done'], write: 'done' })
}, 30_000)

describe('a database that was not verified', () => {
  test.each([
    ['CURRENT is missing', (path: string) => rmSync(join(path, 'CURRENT'))],
    ['the manifest is missing', (path: string) => remove(path, MANIFEST)],
    ['a table is missing', (path: string) => remove(path, TABLE)],
  ])(
    'is refused all the same where %s',
    async (_, damage) => {
      const path = copied(whole)
      damage(path)
      expect((await examine(path, { verify: 'never' })).read).toEqual(['CORRUPT'])
    },
    30_000,
  )

  test('gives no wrong value where tables have flipped bytes, while LevelDB lets it live', async () => {
    const path = copied(whole)
    change(path, TABLE, scribbled)
    const told = await examine(path, { verify: 'never' }).catch(() => undefined)
    expect(told?.wrong ?? 0).toBe(0)
  }, 30_000)

  test('can be verified and repaired after LevelDB has ended the process', async () => {
    const path = copied(whole)
    for (const _ of filesOf(path, TABLE)) change(path, TABLE, flipped(4096))
    await examine(path, { verify: 'never' }).catch(() => undefined)
    expect((await examine(path)).read).toEqual(['CORRUPT'])
    await repair(path)
    expect(await examine(path)).toMatchObject({ wrong: 0, read: ['done'], write: 'done' })
  }, 30_000)
})

describe('the option repair', () => {
  test('repairs what is found damaged, and tells what it did', async () => {
    const path = copied(whole)
    const [damaged] = filesOf(path, TABLE)
    change(path, TABLE, flipped(4096))
    const reports: RepairReport[] = []
    const clock = manualClock()
    const store = level({ path, clock, repair: true, onRepair: (report) => reports.push(report) })
    const { get, keys } = using(store, clock)
    const there = await keys()
    expect(there.length).toBeGreaterThan(0)
    expect(await get(there[0] ?? '')).toBeDefined()
    expect(reports).toEqual([{ path: realpathSync(path), setAside: expect.arrayContaining([damaged]) }])
    await store.close()
  }, 30_000)
})

test('what is no file where one should be is not damage, and told as it is', async () => {
  const path = copied(whole)
  mkdirSync(join(path, '000999.ldb'))
  const failure = await repair(path).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'BACKEND', details: { errno: 'EISDIR' } })
})

test('where LevelDB cannot repair it, that is told with its reason', async () => {
  const path = copied(whole)
  rmSync(join(path, 'CURRENT'))
  mkdirSync(join(path, 'CURRENT'))
  mkdirSync(join(path, 'CURRENT', 'in the way'))
  const failure = await repair(path).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'CORRUPT', operation: 'repair', details: { path: realpathSync(path) } })
})

test.each(['data.mdb', 'cachette-files-1'])('the folder of another store is refused as it is: %s', async (mark) => {
  const path = freshPath()
  mkdirSync(path)
  writeFileSync(join(path, mark), '')
  const { get, close } = using(level({ path }), manualClock(0))
  await expect(get('a')).rejects.toMatchObject({ code: 'BACKEND', message: expect.stringContaining(mark) })
  await close()
  expect(readdirSync(path)).toEqual([mark])
})

test('what is no database is not repaired, nor made one', async () => {
  const path = freshPath()
  mkdirSync(path)
  writeFileSync(join(path, 'data.mdb'), '')
  await expect(repair(path)).rejects.toMatchObject({ code: 'BACKEND', operation: 'repair' })
  expect(readdirSync(path)).toEqual(['data.mdb'])
  await expect(repair('')).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(/path/) })
})

test('what fails to open says where', async () => {
  const file = freshPath()
  writeFileSync(file, '')
  const path = join(file, 'below')
  const { get, close } = using(level({ path }), manualClock(0))
  await expect(get('a')).rejects.toMatchObject({ code: 'BACKEND', operation: 'open', details: { path } })
  await close()
})
