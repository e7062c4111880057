import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@cachette/adapter-memory'
import { createCache, json, manualClock } from '@cachette/core'
import { type WriteBehindOptions, writeBehind } from '@cachette/middleware/write-behind'
import { afterEach, describe, expect, test } from 'vitest'

const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'write-behind-'))
  folders.push(made)
  return made
}

const turns = async (count = 50): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve()
}

/** A system of record that can refuse or hang. */
function bench(options: Partial<WriteBehindOptions<number>> = {}, clock = manualClock()) {
  const record = new Map<string, number>()
  const batches: string[][] = []
  const state: { meets: (() => void | Promise<void>) | undefined } = { meets: undefined }
  const layer = writeBehind<number>({
    write: async (changes) => {
      batches.push(changes.map(({ key }) => key))
      await state.meets?.()
      for (const { key, value } of changes) value === undefined ? record.delete(key) : record.set(key, value)
    },
    random: () => 1,
    ...options,
    encode: undefined,
  })
  const store = memory<number>({ clock })
  const cache = createCache<number>({ store, use: [layer], clock })
  return { clock, record, batches, state, layer, cache, store }
}

const refuse = (): never => {
  throw new Error('refused')
}

describe('writeBehind', () => {
  test('a write resolves before the system of record hears of it, and of several of one key it hears of the last', async () => {
    const { clock, cache, record, batches, layer } = bench()
    await cache.set('a', 1)
    await cache.set('a', 2)
    await cache.set('b', 3)
    await cache.delete('c')
    expect(record.size).toBe(0)
    expect(layer.pending).toBe(3)
    clock.advance(100)
    await turns()
    expect([...record]).toEqual([
      ['a', 2],
      ['b', 3],
    ])
    expect(batches).toEqual([['a', 'b', 'c']])
    expect(layer.pending).toBe(0)
  })

  test('a batch goes as soon as it is full', async () => {
    const { cache, batches } = bench({ batchSize: 2 })
    await cache.setMany([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    await turns()
    expect(batches[0]).toEqual(['a', 'b'])
  })

  test('what fails is tried again with growing pauses, newest first of each key, and nothing is mixed up', async () => {
    const { clock, cache, record, batches, state } = bench({ delayMs: 10, backoffMs: 100, maxBackoffMs: 300 })
    state.meets = refuse
    await cache.set('a', 1)
    for (const pause of [10, 100, 200, 300]) {
      const before = batches.length
      clock.advance(pause - 1)
      await turns()
      expect(batches).toHaveLength(before)
      clock.advance(1)
      await turns()
      expect(batches).toHaveLength(before + 1)
    }
    await cache.set('a', 2)
    state.meets = undefined
    clock.advance(300)
    await turns()
    expect(record.get('a')).toBe(2)
  })

  test('changes that arrive while their key is on its way go after it', async () => {
    const { clock, cache, record, state } = bench({ delayMs: 1 })
    let go: () => void = () => undefined
    state.meets = () => new Promise((resolve) => (go = resolve))
    await cache.set('a', 1)
    clock.advance(1)
    await turns()
    await cache.set('a', 2)
    state.meets = undefined
    go()
    await turns()
    expect(record.get('a')).toBe(1)
    clock.advance(1)
    await turns()
    expect(record.get('a')).toBe(2)
  })

  test('after so many attempts they are dead letters', async () => {
    const letters: unknown[] = []
    const { clock, cache, state, layer } = bench({
      maxAttempts: 2,
      onDeadLetter: (changes, error) => letters.push([changes.map(({ key, value }) => [key, value]), String(error)]),
    })
    state.meets = refuse
    await cache.set('a', 1)
    clock.advance(100)
    await turns()
    clock.advance(100)
    await turns()
    expect(letters).toEqual([[[['a', 1]], 'Error: refused']])
    expect(layer.pending).toBe(0)
  })

  test('without anybody to take them, dead letters are reported', async () => {
    const { clock, cache, state } = bench({ maxAttempts: 1 })
    const failures: unknown[] = []
    cache.on('failure', ({ error }) => failures.push(error.message))
    state.meets = refuse
    await cache.set('a', 1)
    clock.advance(100)
    await turns()
    expect(failures).toEqual(['BACKEND: refused'])
  })

  test('a full queue makes writes wait for room, until their deadline', async () => {
    const { clock, cache, state, record } = bench({ maxPending: 1, delayMs: 10 })
    state.meets = refuse
    await cache.set('a', 1)
    const late = cache.set('b', 2, { deadlineMs: 50 })
    const inTime = cache.set('c', 3, { deadlineMs: 5_000 })
    const outcome = expect(late).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'none' })
    await turns()
    clock.advance(51)
    await outcome
    state.meets = undefined
    clock.advance(1_000)
    await turns(200)
    await inTime
    clock.advance(1_000)
    await turns(200)
    expect(record.get('c')).toBe(3)
    expect(record.has('b')).toBe(false)
  })

  test('a system of record that hangs is given up, and asked again', async () => {
    const { clock, cache, state, record } = bench({ delayMs: 1, timeoutMs: 1_000, backoffMs: 10 })
    let aborted = false
    state.meets = () => new Promise(() => undefined)
    await cache.set('a', 1)
    clock.advance(1)
    await turns()
    state.meets = () => {
      aborted = true
    }
    clock.advance(1_000)
    await turns()
    clock.advance(10)
    await turns()
    expect(aborted).toBe(true)
    expect(record.get('a')).toBe(1)
  })

  test('what the cache has lost is still there while the system of record does not have it', async () => {
    const { cache, store, clock } = bench()
    await cache.set('a', 1)
    await store.clear('', { id: 0, now: clock.now(), deadline: Infinity })
    expect(await cache.get('a')).toBe(1)
  })

  test('loads and leases are none of its business; conditions that do not hold are neither', async () => {
    const { cache, layer } = bench()
    await cache.getOrSet('loaded', () => 5)
    await turns()
    expect(layer.pending).toBe(0)
    expect(await cache.add('loaded', 6)).toBe(false)
    expect(layer.pending).toBe(0)
    expect(await cache.add('new', 6)).toBe(true)
    expect(layer.pending).toBe(1)
  })

  test('closing writes all that waits; what cannot be written is told', async () => {
    const one = bench()
    await one.cache.set('a', 1)
    await one.cache.close()
    expect(one.record.get('a')).toBe(1)
    const two = bench()
    two.state.meets = refuse
    await two.cache.set('a', 1)
    await expect(two.cache.close()).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { lost: 1 } })
  })

  test('over a store of bytes it needs the encode list of the cache, and hands values over', async () => {
    const clock = manualClock()
    const got: unknown[] = []
    const layer = writeBehind<{ a: number }>({
      write: (changes) => void got.push(...changes.map(({ value }) => value)),
      encode: [json()],
    })
    const cache = createCache<{ a: number }>({
      store: memory({ copies: true, clock }),
      use: [layer],
      encode: [json()],
      clock,
    })
    await cache.set('a', { a: 1 })
    await layer.flush()
    expect(got).toEqual([{ a: 1 }])
    const wrong = writeBehind<number>({ write: () => undefined, encode: [json()] })
    expect(() => createCache<number>({ store: memory({ clock }), use: [wrong as never], clock })).toThrow(
      /leave encode out/,
    )
  })
})

describe('with a journal', () => {
  test('what was acknowledged comes again after a start, removals too, and nothing that was done', async () => {
    const path = folder()
    const first = bench({ path })
    first.state.meets = refuse
    await first.cache.set('a', 1)
    await first.cache.set('b', 2)
    await first.cache.delete('b')
    await first.cache.close()
    const second = bench({ path })
    second.record.set('b', 2)
    await second.layer.flush()
    expect([...second.record]).toEqual([['a', 1]])
    await second.cache.close()
    const third = bench({ path })
    await third.layer.flush()
    expect(third.batches).toEqual([])
    await third.cache.close()
  })

  test('a torn line at its end is told and counts for nothing', async () => {
    const path = folder()
    const first = bench({ path })
    first.state.meets = refuse
    await first.cache.setMany([
      ['a', 1],
      ['b', 2],
    ])
    await first.cache.close()
    const [name = ''] = readdirSync(path).filter((file) => readFileSync(join(path, file)).length > 0)
    writeFileSync(join(path, name), readFileSync(join(path, name)).subarray(0, -3))
    const second = bench({ path })
    const failures: string[] = []
    second.cache.on('failure', ({ error }) => failures.push(error.code))
    await second.layer.flush()
    expect([...second.record]).toEqual([['a', 1]])
    expect(failures).toEqual(['CORRUPT'])
    await second.cache.close()
  })

  test('it is rotated and rewritten: it does not grow with what is done', async () => {
    const path = folder()
    const { cache, layer } = bench({ path, segmentBytes: 2_000 })
    for (let number = 0; number < 400; number += 1) {
      await cache.set(`key-${number % 5}`, number)
      if (number % 20 === 0) await layer.flush()
    }
    await layer.flush()
    await cache.set('last', 1)
    const bytes = readdirSync(path).reduce((sum, file) => sum + readFileSync(join(path, file)).length, 0)
    expect(bytes).toBeLessThan(8_000)
    await cache.close()
  })

  test('one process at a time has it, and one cache', async () => {
    const path = folder()
    const first = bench({ path })
    await first.cache.set('a', 1)
    const second = bench({ path })
    await expect(second.cache.set('a', 1)).rejects.toMatchObject({ code: 'LOCKED' })
    await first.cache.close()
  })
})
