import { constants } from 'node:os'
import { CacheError, manualClock } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { Lmdb } from '../src/adapter.js'
import { reasonOf, translated } from '../src/errors.js'
import { lmdb } from '../src/index.js'
import { rangeOf } from '../src/keys.js'
import { lease } from '../src/open.js'
import { DEFAULTS, parse } from '../src/options.js'
import { Reader } from '../src/reader.js'
import { bytesOf, test as inFolder, using } from './support.js'

const thrown = (code: number | string, message = 'the driver says so') => Object.assign(new Error(message), { code })

describe('what the driver throws', () => {
  test.each([
    [-30797, 'CORRUPT'],
    [-30796, 'CORRUPT'],
    [-30782, 'CORRUPT'],
    [-30793, 'CORRUPT'],
    [-30792, 'FULL'],
    [-30791, 'FULL'],
    [-30790, 'UNAVAILABLE'],
    [-30784, 'BACKEND'],
    [constants.errno.ENOSPC, 'FULL'],
    [constants.errno.EACCES, 'READ_ONLY'],
    [constants.errno.EROFS, 'READ_ONLY'],
    [constants.errno.EISDIR, 'BACKEND'],
    ['ENOSPC', 'FULL'],
  ])('%s becomes %s', (code, expected) => {
    const cause = thrown(code)
    const error = translated(cause, 'write', true)
    expect(error).toMatchObject({ code: expected, operation: 'write', source: 'lmdb', outcome: 'none' })
  })

  test('a failed device leaves the outcome of a write open, and of a read not', () => {
    expect(translated(thrown(constants.errno.EIO), 'write', true)).toMatchObject({
      code: 'BACKEND',
      outcome: 'unknown',
    })
    expect(translated(thrown(constants.errno.EIO), 'read', false)).toMatchObject({ code: 'BACKEND', outcome: 'none' })
  })

  test('what is closed is closed', () => {
    for (const message of ['Database is closed', 'Can not renew a transaction from a closed database']) {
      expect(translated(new Error(message), 'read', false)).toMatchObject({ code: 'CLOSED' })
    }
  })

  test('anything else is a failure of the backend, and an error of the cache stays', () => {
    expect(translated('a text', 'write', true)).toMatchObject({ code: 'BACKEND', outcome: 'unknown' })
    const own = new CacheError('TOO_LARGE', 'too large')
    expect(translated(own, 'write', true)).toBe(own)
  })
})

describe('why a commit failed', () => {
  test('stands in what its error points to', async () => {
    const reason = thrown(constants.errno.ENOSPC)
    const pointing = Object.assign(new Error('see commitError'), { commitError: Promise.reject(reason) })
    expect(await reasonOf(pointing, '/')).toBe(reason)
  })

  test('is its own error where that points to nothing', async () => {
    const failed = Object.assign(new Error('failed'), { commitError: Promise.resolve() })
    expect(await reasonOf(failed, '/')).toBe(failed)
    expect(await reasonOf('a text', '/')).toBe('a text')
  })

  test('is the device where that has room', async () => {
    const reason = thrown(constants.errno.EIO)
    expect(await reasonOf(reason, process.cwd())).toBe(reason)
  })
})

describe('options', () => {
  test.each([
    [{ path: '' }, 'expected path'],
    [{}, 'expected path'],
    [{ path: 'x', name: 'a/b' }, 'expected name'],
    [{ path: 'x', durability: 'often' }, 'expected durability'],
    [{ path: 'x', recover: true }, 'expected recover'],
    [{ path: 'x', verify: 'no' }, 'expected verify'],
    [{ path: 'x', clock: {} }, 'expected clock'],
    [{ path: 'x', clock: null }, 'expected clock'],
    [{ path: 'x', pathh: 'y' }, 'did you mean "path"'],
  ])('%j are refused', (options, why) => {
    expect(() => lmdb(options as Parameters<typeof lmdb>[0])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(why) }),
    )
  })
})

describe('prefixes', () => {
  test('of any kind are taken as texts', async () => {
    const keys = ['a', 'a😀', 'a😁b', 'b', '\u{10ffff}']
    for (const prefix of ['', 'a', 'a😀', 'a\ud83d', '\ude00', '\ud83da', '\udbff', 'x'.repeat(3_000)]) {
      const range = rangeOf(prefix)
      const found = keys.filter((key) => {
        const isBefore = Buffer.compare(Buffer.from(key), Buffer.from(range?.start ?? '')) < 0
        const isAfter = range?.end !== undefined && Buffer.compare(Buffer.from(key), range.end) >= 0
        return range !== undefined && !isBefore && !isAfter && range.holds(key)
      })
      expect(found).toEqual(keys.filter((key) => key.startsWith(prefix)))
    }
  })

  inFolder('that end within a character are cleared and scanned exactly', async ({ folder }) => {
    const clock = manualClock()
    const store = new Lmdb(parse({ path: folder, clock }))
    const { write, put, keys } = using(store, clock)
    await write(put('a😀', 'x'), put('a😁', 'x'), put('aé', 'x'), put(`long ${'é'.repeat(700)}`, 'x'))
    expect(await keys('a\ud83d')).toEqual(['a😀', 'a😁'])
    await store.clear('a\ud83d')
    await store.clear('\ud83d')
    await store.clear('x'.repeat(2_000))
    expect(await keys()).toEqual(['aé', `long ${'é'.repeat(700)}`])
    await store.close()
  })
})

inFolder("a driver without its native verb is read by the driver's own way", async ({ folder }) => {
  const { environment, table, release } = lease({ ...DEFAULTS, path: folder }, 'cache')
  const reader = new Reader(environment.root, undefined)
  for (const text of ['one', 'two', 'three']) {
    await environment.transactions.run('test', () => ({
      answer: undefined,
      apply: () => table.putSync('a', bytesOf(text)),
    }))
    expect(reader.look((options) => table.getBinaryFast('a', options)?.toString('utf8', 0, text.length))).toBe(text)
  }
  reader.release()
  await release()
})
