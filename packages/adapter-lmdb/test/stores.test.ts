import { closeSync, openSync, readFileSync, statSync, symlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createCache, manualClock } from '@cachette/core'
import { describe, expect, vi } from 'vitest'
import { Lmdb } from '../src/adapter.js'
import { MAX_STORES } from '../src/environment.js'
import { lmdb } from '../src/index.js'
import { lease } from '../src/open.js'
import { DEFAULTS, parse } from '../src/options.js'
import { inspect } from '../src/pages.js'
import { commitsIn, dataIn, lockIn, test, using } from './support.js'

// A device that is waited for can be busy.
vi.setConfig({ testTimeout: 60_000 })

describe('stores of one environment', () => {
  test('share nothing but the file', async ({ folder }) => {
    const [users, prices] = ['users', 'prices'].map((name) =>
      createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder, name }) }),
    )
    await users?.set('a', 'a user')
    await prices?.set('a', 'a price')
    await prices?.clear()
    expect([await users?.get('a'), await prices?.get('a')]).toEqual(['a user', undefined])
    await prices?.close()
    expect(await users?.get('a')).toBe('a user')
    await users?.close()
  })

  test('of one name see the same at once', async ({ folder }) => {
    const [one, other] = [0, 1].map(() => createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder }) }))
    for (const text of ['x', 'y', 'z']) {
      await one?.set('a', text)
      expect(other?.sync.get('a')).toBe(text)
    }
    await one?.close()
    await other?.set('a', 'still open')
    await other?.close()
  })

  test('are one environment, by whatever path', async ({ folder }) => {
    const link = join(folder, 'link')
    symlinkSync('.', link)
    const leases = [folder, `${folder}/../${folder.split('/').at(-1)}`, link].map((path) => {
      return lease({ ...DEFAULTS, path }, 'cache')
    })
    expect(new Set(leases.map(({ environment }) => environment)).size).toBe(1)
    for (const { release } of leases) await release()
  })

  test('take the same durability', async ({ folder }) => {
    const store = lmdb({ path: folder, durability: 'none' })
    expect(() => lmdb({ path: folder, name: 'other' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('"none"') }),
    )
    await store.close()
    await lmdb({ path: folder, name: 'other' }).close()
  })

  test('are so many and no more', async ({ folder }) => {
    const stores = Array.from({ length: MAX_STORES }, (_, index) => {
      return lmdb({ path: folder, name: `s${index}`, durability: 'none' })
    })
    expect(() => lmdb({ path: folder, name: 'one-more', durability: 'none' })).toThrow(
      expect.objectContaining({ code: 'FULL' }),
    )
    for (const store of stores) await store.close()
  })
})

test('an environment can be opened again while it closes, and after', async ({ folder }) => {
  for (const text of ['one', 'two', 'three']) {
    const cache = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder }) })
    await cache.set('a', text)
    const closing = cache.close()
    const next = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder }) })
    expect(await next.get('a')).toBe(text)
    await closing
    await next.set('b', text)
    await next.close()
  }
})

describe('transactions', () => {
  const clock = manualClock()
  const opened = (path: string) => new Lmdb({ ...parse({ path, clock }), sweepMs: Infinity })

  test('are shared by all writes of a turn', async ({ folder }) => {
    const store = opened(folder)
    const { write, put, remove, keys } = using(store, clock)
    await write(put('a', 'x'))
    const before = commitsIn(folder)
    const answers = await Promise.all([write(put('b', 'x')), write(remove('a')), write(put('c', 'x'), put('d', 'x'))])
    expect(answers).toEqual([[true], [true], [true, true]])
    expect(commitsIn(folder)).toBe(before + 1)
    expect(await keys()).toEqual(['b', 'c', 'd'])
    await store.close()
  })

  test('apply what one turn writes to a key in order', async ({ folder }) => {
    const store = opened(folder)
    const { write, put, remove, text } = using(store, clock)
    const answers = await Promise.all([
      write(put('a', '1')),
      write({ ...put('a', '2'), when: 'absent' }),
      write(remove('a')),
      write(remove('a')),
      write({ ...put('a', '3'), when: 'absent' }, put('a', '4'), remove('a'), { ...put('a', '5'), when: 'vacant' }),
    ])
    expect(answers).toEqual([[true], [false], [true], [false], [true, true, true, true]])
    expect(text('a')).toBe('5')
    await store.close()
  })

  test('let work that fails before it writes fail alone', async ({ folder }) => {
    const { environment, table, release } = lease({ ...DEFAULTS, path: folder }, 'cache')
    const puts = (key: string) => () => ({ answer: key, apply: () => table.putSync(key, Buffer.from('x')) })
    const failing = () => {
      throw new Error('as it should')
    }
    const [first, second, third] = await Promise.allSettled([
      environment.transactions.run('test', puts('a')),
      environment.transactions.run('test', failing),
      environment.transactions.run('test', puts('b')),
    ])
    expect([first, third].map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    expect(second).toMatchObject({ reason: { code: 'BACKEND', outcome: 'unknown' } })
    expect([...table.getKeys({ start: '\0' })]).toEqual(['a', 'b'])
    await release()
  })

  test('are taken back whole where writing fails', async ({ folder }) => {
    const { environment, table, release } = lease({ ...DEFAULTS, path: folder }, 'cache')
    const settled = await Promise.allSettled([
      environment.transactions.run('test', () => ({
        answer: undefined,
        apply: () => table.putSync('a', Buffer.from('x')),
      })),
      environment.transactions.run('test', () => ({
        answer: undefined,
        apply() {
          table.putSync('b', Buffer.from('x'))
          table.putSync('x'.repeat(3_000), Buffer.from('too long a key'))
        },
      })),
    ])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect([...table.getKeys({ start: '\0' })]).toEqual([])
    await release()
  })
})

test.skipIf(process.platform !== 'linux')('a look at an open file keeps the locks on it', async ({ folder }) => {
  const store = lmdb({ path: folder, durability: 'none' })
  const locks = () => {
    const file = `:${statSync(lockIn(folder)).ino} `
    return readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(file)).length
  }
  const before = locks()
  expect(before).toBeGreaterThan(0)
  // As a thread does that opens it for itself.
  expect(inspect(dataIn(folder), lockIn(folder), 'pages')).toEqual({ state: 'sound' })
  expect(locks()).toBe(before)
  await store.close()
})

test('a reader whose place was given to another takes one anew', async ({ folder }) => {
  const { environment, table, release } = lease({ ...DEFAULTS, path: folder }, 'cache')
  const text = () => environment.reader.look((options) => table.getBinaryFast('a', options)?.toString('utf8', 0, 3))
  await environment.transactions.run('test', () => ({
    answer: undefined,
    apply: () => table.putSync('a', Buffer.from('one')),
  }))
  expect(text()).toBe('one')
  // The place of an idle reader: no transaction, and the process. Now one of it reads there.
  const lock = readFileSync(lockIn(folder))
  const idle = Buffer.alloc(12, 0xff)
  idle.writeUInt32LE(process.pid, 8)
  const place = lock.indexOf(idle)
  expect(place).toBeGreaterThan(0)
  const file = openSync(lockIn(folder), 'r+')
  writeSync(file, Buffer.from([25, 0, 0, 0, 0, 0, 0, 0]), 0, 8, place)
  closeSync(file)
  expect(text()).toBe('one')
  await environment.transactions.run('test', () => ({
    answer: undefined,
    apply: () => table.putSync('a', Buffer.from('two')),
  }))
  expect(text()).toBe('two')
  await release()
})

test('the map grows by itself', async ({ folder }) => {
  const cache = createCache<string>({ deadlineMs: 60_000, store: lmdb({ path: folder, durability: 'none' }) })
  const large = 'x'.repeat(1_000_000)
  for (let index = 0; index < 40; index += 1) await cache.set(`key ${index}`, large)
  expect((await cache.get('key 0'))?.length).toBe(large.length)
  await cache.close()
})

test('a scan that somebody rests in holds no pages', async ({ folder }) => {
  const clock = manualClock()
  const store = new Lmdb({ ...parse({ path: folder, clock, durability: 'none' }), sweepMs: Infinity })
  const { write, put, call } = using(store, clock)
  const rewrite = async (rounds: number): Promise<number> => {
    for (let round = 0; round < rounds; round += 1) {
      await write(...Array.from({ length: 2_000 }, (_, index) => put(`key ${index}`, `${round} `.repeat(50))))
    }
    return statSync(dataIn(folder)).size
  }
  const before = await rewrite(5)
  const seen: string[] = []
  for await (const page of store.scan('', call())) {
    seen.push(...page.map(([key]) => key))
    expect(await rewrite(10)).toBeLessThan(1.5 * before)
  }
  expect(new Set(seen).size).toBe(2_000)
  expect(seen.length).toBe(2_000)
  await store.close()
})
