import { describe, expect, it, vi } from 'vitest'
import { mapped, processOf, refuseUnhandled, twoProcesses } from '../support/caches.js'
import { rejectionOf } from '../support/failures.js'

refuseUnhandled()

describe('increment', () => {
  it('counts every one of a hundred that are made at once', async () => {
    for (const { cache } of [mapped<number>(), processOf<number>()]) {
      const sums = await Promise.all(Array.from({ length: 100 }, () => cache.increment('k')))
      expect(new Set(sums).size).toBe(100)
      expect(await cache.get('k')).toBe(100)
    }
  })

  it('counts every one of those that two processes make', async () => {
    const { a, b } = twoProcesses<number>()
    const sums = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? a : b).cache.increment('k', 2)),
    )
    expect(new Set(sums).size).toBe(40)
    expect(await a.cache.get('k')).toBe(80)
  })

  it('begins at its initial value, and keeps the lifetime of what is there', async () => {
    const { cache, clock } = mapped<number>()
    expect(await cache.increment('k', 5, { initial: 10, ttlMs: 100 })).toBe(15)
    clock.advance(60)
    expect(await cache.increment('k', -1)).toBe(14)
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 40 })
    clock.advance(40)
    expect(await cache.increment('k')).toBe(1)
  })

  it.each([
    ['null', null],
    ['a text', '5'],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
  ])('refuses %s that is there, and leaves it', async (_, value) => {
    const { cache } = mapped<unknown>()
    await cache.set('k', value)
    const error = await rejectionOf(cache.increment('k'))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', operation: 'increment' })
    expect(await cache.get('k')).toEqual(value)
  })

  it('refuses an amount, an initial value and a sum that are no numbers', async () => {
    const { cache } = mapped<number>()
    await cache.set('k', Number.MAX_VALUE)
    expect((await rejectionOf(cache.increment('k', Number.MAX_VALUE))).message).toMatch(/the sum/)
    expect((await rejectionOf(cache.increment('k', Number.NaN))).message).toMatch(/the amount/)
    const initial = '5' as unknown as number
    expect((await rejectionOf(cache.increment('new', 1, { initial }))).message).toMatch(/the value there.*a string/)
    expect(await cache.getMany(['k', 'new'])).toEqual([Number.MAX_VALUE, undefined])
  })
})

describe('update', () => {
  it('makes its value anew when another process came between', async () => {
    const { a, b } = twoProcesses<number>()
    await a.cache.set('k', 1)
    a.store.held = true
    const make = vi.fn((value: number | undefined) => (value ?? 0) * 10)
    const updated = a.cache.update('k', make)
    a.store.pending.shift()?.settle()
    await b.cache.set('k', 7)
    await a.store.settleAll()
    expect(await updated).toBe(70)
    expect(make.mock.calls).toEqual([[1], [7]])
  })

  it('gives up when others come between for ever', async () => {
    const { a, b } = twoProcesses<number>()
    const busy = a.cache.update('k', (value) => {
      // What another process does as soon as this one has looked.
      b.store.held = false
      void b.cache.set('k', Math.random())
      return value ?? 0
    })
    const failed = rejectionOf(busy)
    expect(await failed).toMatchObject({ code: 'BUSY', retry: 'yes', operation: 'update' })
  })

  it('keeps lifetimes, sliding and tags, unless it is told others', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 100, freshMs: 100, sliding: true, tags: ['t'] })
    clock.advance(50)
    await cache.update('k', () => 2)
    expect(await cache.lookup('k')).toMatchObject({ value: 2, expiresInMs: 50, ageMs: 50, tags: ['t'] })
    await cache.get('k')
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 100 })
    await cache.update('k', () => 3, { ttlMs: 500, tags: ['u'] })
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 500, tags: ['u'], ageMs: 0 })
    clock.advance(10)
    await cache.get('k')
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 490 })
  })

  it('that throws changes nothing, and lets the next call through', async () => {
    for (const { cache } of [mapped<number>(), processOf<number>()]) {
      await cache.set('k', 1)
      const failed = cache.update('k', () => {
        throw new RangeError('no')
      })
      const next = cache.update('k', (value) => (value ?? 0) + 1)
      await expect(failed).rejects.toThrow('no')
      expect(await next).toBe(2)
    }
  })

  it('takes what has expired for absent', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 10, graceMs: 1_000 })
    clock.advance(10)
    const make = vi.fn(() => 2)
    await cache.update('k', make)
    expect(make).toHaveBeenCalledWith(undefined)
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: Infinity })
  })
})

describe('take', () => {
  it('gives a value to exactly one of those who take it, in two processes', async () => {
    const { a, b } = twoProcesses<number>()
    for (let round = 1; round < 10; round += 1) {
      await a.cache.set('k', round)
      const taken = await Promise.all([a, b, a, b].map(({ cache }) => cache.take('k')))
      expect(taken.filter((value) => value !== undefined)).toEqual([round])
    }
  })

  it('removes nothing that it cannot give', async () => {
    const { cache, store } = processOf<number>()
    await cache.set('k', 1)
    const found = store.entries.get('k')
    if (found !== undefined) store.entries.set('k', { ...found, marks: { codec: 'stream' } })
    expect((await rejectionOf(cache.take('k'))).code).toBe('UNSUPPORTED')
    expect(store.entries.has('k')).toBe(true)
  })
})

describe('touch', () => {
  it('gives a new lifetime from now on, and nothing else', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 100, tags: ['t'] })
    clock.advance(90)
    expect(await cache.touch('k', { ttlMs: 200, freshMs: 50 })).toBe(true)
    expect(await cache.lookup('k')).toEqual({
      outcome: 'hit',
      value: 1,
      ageMs: 90,
      expiresInMs: 200,
      tags: ['t'],
      tier: 'test',
    })
    clock.advance(50)
    expect(await cache.lookup('k')).toMatchObject({ outcome: 'stale' })
  })

  it('does not bring back what has expired', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 100, graceMs: 100 })
    clock.advance(100)
    expect(await cache.touch('k', { ttlMs: 100 })).toBe(false)
    expect(await cache.get('k')).toBeUndefined()
  })

  it('makes an entry slide, and stop to', async () => {
    const { cache, clock } = mapped<number>()
    await cache.set('k', 1, { ttlMs: 100 })
    await cache.touch('k', { ttlMs: 200, sliding: true })
    clock.advance(150)
    await cache.get('k')
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 200 })
    await cache.touch('k', { ttlMs: 200 })
    clock.advance(150)
    await cache.get('k')
    expect(await cache.lookup('k')).toMatchObject({ expiresInMs: 50 })
  })

  it('touches what another process set meanwhile', async () => {
    const { a, b } = twoProcesses<number>()
    await a.cache.set('k', 1)
    a.store.held = true
    const touched = a.cache.touch('k', { ttlMs: 70 })
    a.store.pending.shift()?.settle()
    await b.cache.set('k', 2)
    await a.store.settleAll()
    expect(await touched).toBe(true)
    expect(await b.cache.lookup('k')).toMatchObject({ value: 2, expiresInMs: 70 })
  })
})
