import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCache, manualClock, systemClock } from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { claims } from '../src/claims.js'
import { openHere } from '../src/databases.js'
import { level, repair } from '../src/index.js'
import { examine, programOf } from './children.js'
import { NOTHING } from './filled.js'
import { codeOf, freshPath } from './support.js'
import { using } from './using.js'

function opened(path: string, options: object = {}) {
  const clock = manualClock()
  const store = level({ path, clock, ...options })
  return { store, clock, ...using(store, clock) }
}

describe('a path that will not do', () => {
  test('is a file', async () => {
    const path = freshPath()
    writeFileSync(path, 'a file')
    const { get, set, keys, store } = opened(path)
    for (const verb of [() => get('a'), () => set('a', 'x'), () => keys()]) expect(await codeOf(verb)).toBe('BACKEND')
    await store.close()
  })

  test('leads through a file', async () => {
    const path = freshPath()
    writeFileSync(path, 'a file')
    expect(await codeOf(() => opened(join(path, 'below')).get('a'))).toBe('BACKEND')
  })

  test('may not be written to', async () => {
    const path = freshPath()
    mkdirSync(path)
    chmodSync(path, 0o555)
    expect(await examine(path, {}, 'as nobody')).toEqual({
      ...NOTHING,
      read: ['READ_ONLY'],
      scan: 'READ_ONLY',
      write: 'READ_ONLY',
    })
  }, 30_000)

  test('is put right, and the next verb opens it', async () => {
    const path = freshPath()
    writeFileSync(path, 'a file')
    const { get, store } = opened(join(path, 'below'))
    expect(await codeOf(() => get('a'))).toBe('BACKEND')
    rmSync(path)
    expect(await get('a')).toBeUndefined()
    await store.close()
  })
})

describe('another process', () => {
  test('is told at once that it is open, and gets it when it is closed', async () => {
    const path = freshPath()
    const { set, store } = opened(path)
    await set('a', 'x')
    expect(await examine(path)).toEqual({ ...NOTHING, read: ['LOCKED'], scan: 'LOCKED', write: 'LOCKED' })
    // The attempt has not let the lock go.
    expect(await examine(path)).toMatchObject({ read: ['LOCKED'] })
    await set('b', 'y')
    await store.close()
    expect(await examine(path)).toMatchObject({ read: ['done'], write: 'done' })
  }, 30_000)

  test('may be killed, and the next one opens it', async () => {
    const path = freshPath()
    const other = spawn(process.execPath, await programOf(path, {}, 'stay'), {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => other.stdout.once('data', resolve))
    expect(await codeOf(() => opened(path).get('new'))).toBe('LOCKED')
    other.kill('SIGKILL')
    await new Promise((resolve) => other.once('close', resolve))
    const { get, store } = opened(path)
    expect(await get('new')).toBe('x')
    await store.close()
  }, 30_000)
})

describe('stores of one process', () => {
  test('share a database by whatever name, and the last one closes it', async () => {
    const path = freshPath()
    const first = opened(path)
    await first.set('a', 'x')
    const other = freshPath()
    symlinkSync(path, other)
    const second = opened(other)
    expect(await second.get('a')).toBe('x')
    await second.set('a', 'y')
    expect(await first.get('a')).toBe('y')
    await first.store.close()
    expect(await second.get('a')).toBe('y')
    await second.store.close()
    expect(openHere(path)).toBeUndefined()
  })

  test('open it at the same moment', async () => {
    const path = freshPath()
    const stores = Array.from({ length: 5 }, () => opened(path))
    await Promise.all(stores.map(({ set }, index) => set(`key ${index}`, 'x')))
    expect(await stores[0]?.keys()).toHaveLength(5)
    await Promise.all(stores.map(({ close }) => close()))
    expect(openHere(path)).toBeUndefined()
  })

  test('open it while another closes it', async () => {
    const path = freshPath()
    for (let round = 0; round < 5; round += 1) {
      const first = opened(path)
      await first.set('round', String(round))
      const closing = first.store.close()
      const second = opened(path)
      expect(await second.get('round')).toBe(String(round))
      await closing
      await second.store.close()
    }
  })

  test('win a condition one at a time', async () => {
    const path = freshPath()
    const stores = Array.from({ length: 4 }, () => opened(path))
    const answers = await Promise.all(stores.map(({ write, put }) => write([put('a', 'x', Infinity, 'absent')])))
    expect(answers.flat().filter(Boolean)).toHaveLength(1)
    await Promise.all(stores.map(({ close }) => close()))
  })

  test('must agree on what holds for all of it', async () => {
    const path = freshPath()
    const first = opened(path)
    await first.get('a')
    const second = opened(path, { cacheBytes: 1_000_000 })
    expect(await codeOf(() => second.get('a'))).toBe('INVALID_OPTION')
    await second.store.close()
    expect(await first.get('a')).toBeUndefined()
    await first.store.close()
  })

  test('of another copy of this package are refused, as those of another process are', async () => {
    const path = freshPath()
    mkdirSync(path)
    claims.add(path)
    const { get, store } = opened(path)
    expect(await codeOf(() => get('a'))).toBe('LOCKED')
    expect(await codeOf(() => repair(path))).toBe('LOCKED')
    claims.delete(path)
    expect(await get('a')).toBeUndefined()
    await store.close()
  })
})

describe('what a store does before and after it is open', () => {
  test('a read that cannot wait is refused until it is open, and answered from then on', async () => {
    const cache = createCache<string>({ store: level({ path: freshPath() }), ttlMs: 60_000 })
    expect(await codeOf(() => cache.sync.get('a'))).not.toBe('done')
    await cache.set('a', 'x')
    expect(cache.sync.get('a')).toBe('x')
    await cache.close()
  })

  test('closing what was never opened makes nothing', async () => {
    const path = freshPath()
    const { store } = opened(path)
    await store.close()
    await store.close()
    expect(openHere(path)).toBeUndefined()
  })

  test('closing waits for an opening under way, and for what was written', async () => {
    const path = freshPath()
    const { set, store } = opened(path)
    const written = set('a', 'x')
    await store.close()
    expect(await written).toEqual([true])
    const again = opened(path)
    expect(await again.get('a')).toBe('x')
    await again.store.close()
  })

  test('a repair of what is open is refused', async () => {
    const path = freshPath()
    const { get, store } = opened(path)
    await get('a')
    expect(await codeOf(() => repair(path))).toBe('LOCKED')
    await store.close()
    expect(await repair(path)).toMatchObject({ path })
  })

  test('a repair of nothing says so', async () => {
    expect(await codeOf(() => repair(freshPath()))).toBe('UNAVAILABLE')
  })

  test('keys of any length are found, whatever was asked for before', async () => {
    const { store, get, set } = opened(freshPath())
    await get('a')
    for (const length of [3, 64, 511, 512, 767]) {
      const key = 'é'.repeat(length)
      await set(key, 'x')
      expect(await get(key)).toBe('x')
    }
    await store.close()
  })

  test('a write that waits for the device is kept like any other', async () => {
    const path = freshPath()
    const { store, set, call, keys } = opened(path, { sync: true, clock: systemClock })
    await set('a/1', 'x')
    await set('b', 'x')
    await store.clear('a/', call())
    expect(await keys()).toEqual(['b'])
    await store.close()
  })
})
