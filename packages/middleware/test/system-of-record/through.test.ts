import { memory } from '@cachette/adapter-memory'
import { createCache, json, manualClock } from '@cachette/core'
import { readThrough } from '@cachette/middleware/read-through'
import { type RecordChange, writeThrough } from '@cachette/middleware/write-through'
import { describe, expect, test } from 'vitest'

const clock = manualClock()

describe('writeThrough', () => {
  function bench() {
    const record = new Map<string, number>()
    const state: { refuses: boolean } = { refuses: false }
    const layer = writeThrough<number>({
      write(changes: readonly RecordChange<number>[]) {
        if (state.refuses) throw new Error('refused')
        for (const { key, value } of changes) value === undefined ? record.delete(key) : record.set(key, value)
      },
    })
    return { record, state, cache: createCache<number>({ store: memory<number>({ clock }), use: [layer], clock }) }
  }

  test('when a write resolves, both have it', async () => {
    const { cache, record } = bench()
    await cache.setMany([
      ['a', 1],
      ['b', 2],
    ])
    await cache.delete('b')
    await cache.update('a', (value) => (value ?? 0) + 1)
    expect([...record]).toEqual([['a', 2]])
    expect(await cache.get('a')).toBe(2)
  })

  test('what the system of record refuses is not in the cache either', async () => {
    const { cache, record, state } = bench()
    await cache.set('a', 1)
    state.refuses = true
    await expect(cache.set('a', 2)).rejects.toMatchObject({ code: 'BACKEND', outcome: 'unknown' })
    await expect(cache.add('b', 2)).rejects.toMatchObject({ code: 'BACKEND' })
    expect(await cache.getMany(['a', 'b'])).toEqual([undefined, undefined])
    expect([...record]).toEqual([['a', 1]])
  })

  test('a condition that does not hold writes nothing, and what is loaded comes from there', async () => {
    const { cache, record } = bench()
    await cache.set('a', 1)
    expect(await cache.add('a', 2)).toBe(false)
    expect(await cache.getOrSet('b', () => 5)).toBe(5)
    expect([...record]).toEqual([['a', 1]])
  })

  test('mistakes are told at once', () => {
    expect(() => writeThrough({} as never)).toThrow('expected write to be a function')
    const ofBytes = writeThrough<number>({ write: () => undefined })
    expect(() => createCache({ store: memory({ copies: true }), use: [ofBytes as never] })).toThrow(
      'give writeThrough the encode list of the cache',
    )
  })
})

describe('readThrough', () => {
  const source = new Map([
    ['a', 1],
    ['b', 2],
  ])
  function bench(options: { readonly ttlMs?: number } = {}) {
    const asked: (readonly string[])[] = []
    const layer = readThrough<number>({
      async read(keys) {
        asked.push(keys)
        return new Map(
          keys.flatMap((key) => {
            const value = source.get(key)
            return value === undefined ? [] : [[key, value]]
          }),
        )
      },
      ...options,
    })
    return { asked, cache: createCache<number>({ store: memory<number>({ clock }), use: [layer], clock }) }
  }

  test('asks for all that a read lacks at once, and keeps it', async () => {
    const { asked, cache } = bench()
    await cache.set('own', 7)
    expect(await cache.getMany(['a', 'own', 'b', 'none'])).toEqual([1, 7, 2, undefined])
    expect(await cache.get('a')).toBe(1)
    expect(asked).toEqual([['a', 'b', 'none']])
  })

  test('asks once for any number of readers', async () => {
    const { asked, cache } = bench()
    expect(await Promise.all(Array.from({ length: 20 }, () => cache.get('a')))).toEqual(Array(20).fill(1))
    expect(asked).toEqual([['a']])
  })

  test('what it gave ends when it is told to', async () => {
    const { asked, cache } = bench({ ttlMs: 1_000 })
    await cache.get('a')
    clock.advance(1_000)
    await cache.get('a')
    expect(asked).toHaveLength(2)
  })

  test('what is removed or set while it is asked for is not overwritten by the answer', async () => {
    const gates: (() => void)[] = []
    const layer = readThrough<number>({
      read: async (keys) => {
        await new Promise<void>((resolve) => gates.push(resolve))
        return new Map(keys.map((key) => [key, 1]))
      },
    })
    const cache = createCache<number>({ store: memory<number>({ clock }), use: [layer], clock })
    const reading = cache.getMany(['a', 'b', 'c'])
    while (gates.length === 0) await Promise.resolve()
    const changing = [cache.delete('a'), cache.set('b', 2)]
    for (const open of gates) open()
    expect(await reading).toEqual([1, 1, 1])
    await Promise.all(changing)
    expect(await cache.has('a')).toBe(false)
    expect(await cache.getMany(['b', 'c'])).toEqual([2, 1])
    expect(gates).toHaveLength(1)
  })

  test('whoever waits for what another asked for is not given up with that one', async () => {
    let asked = 0
    const layer = readThrough<number>({
      read: async (keys, { signal }) => {
        asked += 1
        if (asked > 1) return new Map(keys.map((key) => [key, 1]))
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('stopped')))
        })
      },
    })
    const cache = createCache<number>({ store: memory<number>({ clock }), use: [layer], clock })
    const stop = new AbortController()
    const first = cache.get('a', { signal: stop.signal })
    const outcome = expect(first).rejects.toMatchObject({ code: 'ABORTED' })
    while (asked === 0) await Promise.resolve()
    const second = cache.get('a')
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
    stop.abort()
    await outcome
    expect(await second).toBe(1)
    expect(await cache.get('a')).toBe(1)
  })

  test('a system of record that fails fails the read', async () => {
    const layer = readThrough<number>({ read: () => Promise.reject(new Error('down')) })
    const cache = createCache<number>({ store: memory<number>({ clock }), use: [layer], clock })
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'BACKEND', source: 'readThrough' })
  })

  test('over a store of bytes it encodes as the cache does', async () => {
    const layer = readThrough<{ n: number }>({ read: () => new Map([['a', { n: 1 }]]), encode: [json()] })
    const store = memory({ copies: true, clock })
    const cache = createCache<{ n: number }>({ store, use: [layer], encode: [json()], clock })
    expect(await cache.get('a')).toEqual({ n: 1 })
    expect(await createCache<{ n: number }>({ store, clock }).get('a')).toEqual({ n: 1 })
  })
})
