import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createCache } from '@cachette/core'
import { open } from 'lmdb'
import { describe, expect, vi } from 'vitest'
import { built } from '../../../scripts/lib/built.js'
import { lmdb, type ResetReport } from '../src/index.js'
import { inspect } from '../src/pages.js'
import { dataIn, lockIn, test } from './support.js'

// Each test starts a process or two.
vi.setConfig({ testTimeout: 60_000 })

const child = await built(new URL('./child.ts', import.meta.url))

/** What a process of its own found there, which must be alive to tell. */
async function opened(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(child.module), ...args])
  return JSON.parse(stdout) as Record<string, unknown>
}

/** A closed store with something in it. */
async function fill(path: string): Promise<void> {
  const cache = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path }) })
  await cache.set('a', 'old')
  await cache.setMany(Array.from({ length: 2_000 }, (_, index) => [`key ${index}`, 'x'.repeat(100)] as const))
  await cache.close()
}

function overwrite(file: string, from: number, bytes: Buffer): void {
  const whole = readFileSync(file)
  bytes.copy(whole, from)
  writeFileSync(file, whole)
}

/** The same each time. */
function garbage(length: number): Buffer {
  let state = 12_345
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
      return state >> 16
    }),
  )
}

const size = (file: string): number => readFileSync(file).length

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  'the first head is zeroed': (file) => overwrite(file, 0, Buffer.alloc(4096)),
  'the second head is zeroed': (file) => overwrite(file, 4096, Buffer.alloc(4096)),
  'both heads are garbage': (file) => overwrite(file, 0, garbage(8192)),
  'half of it is cut off': (file) => truncateSync(file, size(file) / 2),
  'a byte is cut off': (file) => truncateSync(file, size(file) - 1),
  'it was emptied': (file) => truncateSync(file, 0),
  'it is a text': (file) => writeFileSync(file, 'a text\n'.repeat(3_000)),
  'it is a short text': (file) => writeFileSync(file, 'a text\n'),
  'every data page is garbage': (file) => overwrite(file, 8192, garbage(size(file) - 8192)),
  'every data page is zeroed': (file) => overwrite(file, 8192, Buffer.alloc(size(file) - 8192)),
}

describe.each(Object.entries(DAMAGES))('where %s', (_name, damage) => {
  test('it is refused, and left as it is', async ({ folder }) => {
    await fill(folder)
    damage(dataIn(folder))
    const damaged = readFileSync(dataIn(folder))
    expect(await opened(folder)).toMatchObject({ code: 'CORRUPT' })
    expect(() => lmdb({ path: folder })).toThrow(expect.objectContaining({ code: 'CORRUPT', operation: 'open' }))
    expect(readFileSync(dataIn(folder)).equals(damaged)).toBe(true)
  })

  test('it can be set aside for a new one', async ({ folder }) => {
    await fill(folder)
    damage(dataIn(folder))
    const damaged = readFileSync(dataIn(folder))
    const setAside = `${dataIn(folder)}.damaged-1`
    expect(await opened(folder, 'reset')).toEqual({
      after: 'new',
      resets: [{ damage: expect.any(String), setAside }],
    })
    expect(readFileSync(setAside).equals(damaged)).toBe(true)
    expect(await opened(folder, 'reset')).toEqual({ before: undefined, after: 'new', resets: [] })
  })
})

test('with a look at the heads alone a cut file is found', async ({ folder }) => {
  await fill(folder)
  truncateSync(dataIn(folder), size(dataIn(folder)) / 2)
  expect(await opened(folder, 'error', 'heads')).toMatchObject({ code: 'CORRUPT' })
})

test('damaged files are set aside beside one another', async ({ folder }) => {
  for (const number of [1, 2]) {
    await fill(folder)
    truncateSync(dataIn(folder), 5000)
    const resets: ResetReport[] = []
    await lmdb({ path: folder, recover: 'reset', onReset: (report) => resets.push(report) }).close()
    expect(resets).toMatchObject([{ setAside: `${dataIn(folder)}.damaged-${number}` }])
  }
})

const HARMLESS: Readonly<Record<string, (folder: string) => void>> = {
  'the lock file is gone': (folder) => rmSync(lockIn(folder)),
  'the lock file is garbage': (folder) => writeFileSync(lockIn(folder), garbage(8192)),
  'something is behind its end': (folder) => writeFileSync(dataIn(folder), garbage(100), { flag: 'a' }),
}

test.for(Object.entries(HARMLESS))('nothing is lost where %s', async ([_name, harm], { folder }) => {
  await fill(folder)
  harm(folder)
  expect(await opened(folder)).toMatchObject({ before: 'old', after: 'new' })
})

test('a store whose maker was killed before its first page was whole is made anew', async ({ folder }) => {
  await open({ path: folder, noSubdir: false }).close()
  truncateSync(dataIn(folder), 4096)
  expect(inspect(dataIn(folder), lockIn(folder), 'pages')).toMatchObject({ state: 'unfinished' })
  await lmdb({ path: folder }).close()
  expect(await opened(folder)).toEqual({ after: 'new', resets: [] })
})

describe('what is no store', () => {
  test('a file where the folder should be', async ({ folder }) => {
    const path = join(folder, 'file')
    writeFileSync(path, 'mine')
    expect(await opened(path)).toMatchObject({ code: 'BACKEND', message: expect.stringContaining('got a file') })
    expect(await opened(join(path, 'below'))).toMatchObject({ code: 'BACKEND' })
    expect(readFileSync(path, 'utf8')).toBe('mine')
  })

  test('a folder where the file should be', async ({ folder }) => {
    mkdirSync(dataIn(folder))
    expect(await opened(folder)).toMatchObject({ code: 'BACKEND', message: expect.stringContaining('got a directory') })
  })

  test.for(['error', 'reset'])("another program's database, with recover '%s'", async (recover, { folder }) => {
    const other = open({ path: folder, noSubdir: false })
    await other.openDB({ name: 'theirs' }).put('a', 'theirs')
    await other.put('b', 'theirs too')
    await other.close()
    const before = readFileSync(dataIn(folder))
    expect(await opened(folder, recover)).toMatchObject({
      code: 'BACKEND',
      message: expect.stringContaining('another program'),
    })
    expect(() => lmdb({ path: folder })).toThrow(expect.objectContaining({ code: 'BACKEND', operation: 'open' }))
    expect(readFileSync(dataIn(folder)).equals(before)).toBe(true)
  })

  test('a file of another version of LMDB', async ({ folder }) => {
    await fill(folder)
    for (const head of [0, 4096]) overwrite(dataIn(folder), head + 28, Buffer.from([1]))
    expect(await opened(folder, 'reset')).toMatchObject({
      code: 'BACKEND',
      message: expect.stringContaining('version'),
    })
  })

  test('a link that leads nowhere', async ({ folder }) => {
    const path = join(folder, 'link')
    symlinkSync(join(folder, 'nowhere'), path)
    expect(await opened(path)).toMatchObject({ code: expect.any(String) })
  })
})

test('a folder is made where there is none, with those above it', async ({ folder }) => {
  expect(await opened(join(folder, 'a', 'b', 'c'))).toEqual({ after: 'new', resets: [] })
})

test.for(['CURRENT', 'cachette-files-1'])('the folder of another store is refused as it is: %s', (mark, { folder }) => {
  writeFileSync(join(folder, mark), '')
  expect(() => lmdb({ path: folder })).toThrow(expect.objectContaining({ code: 'BACKEND', source: 'lmdb' }))
  expect(readdirSync(folder)).toEqual([mark])
})
