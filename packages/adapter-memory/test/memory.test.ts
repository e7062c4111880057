import { type Clock, manualClock, type Timer, visible } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryStore } from '../src/adapter.js'
import { memory } from '../src/index.js'
import { TICK_MS } from '../src/wheel.js'
import { using } from './support.js'

function opened() {
  const clock = manualClock()
  const store = memory<number>({ clock })
  return { clock, store, ...using(store, clock) }
}

describe('options', () => {
  test.each([
    [{ clok: manualClock() }, /INVALID_OPTION: memory has no option "clok": did you mean "clock"\?/],
    [{ ttlMs: 5 }, /INVALID_OPTION: memory has no option "ttlMs"; it has copies, clock/],
    [{ copies: 'yes' }, /INVALID_OPTION: memory: expected copies to be true or false, got a string/],
    [{ copies: null }, /INVALID_OPTION: memory: expected copies to be true or false, got null/],
    [{ clock: Date }, /INVALID_OPTION: memory: expected clock to be a clock \{ now, setTimer \}, got a function/],
    [{ clock: { now: 5, setTimer: 5 } }, /INVALID_OPTION: memory: expected clock to be a clock/],
    [null, /INVALID_OPTION: memory expected its options as an object, got null/],
    ['copies', /INVALID_OPTION: memory expected its options as an object, got a string/],
  ])('%o is refused', (options, message) => {
    const given = options as unknown as Parameters<typeof memory>[0]
    expect(() => memory(given)).toThrow(message)
  })

  test('undefined stands for the default', () => {
    expect(memory({ copies: undefined, clock: undefined }).traits.values).toBe('any')
  })
})

describe('by reference', () => {
  test('what was put in comes out, itself', async () => {
    const clock = manualClock()
    const store = memory<object>({ clock })
    const { set, get } = using(store, clock)
    const value = { a: 1 }
    await set('finite', value, { ttlMs: 5 })
    await set('infinite', value)
    expect((await get('finite'))?.value).toBe(value)
    expect((await get('infinite'))?.value).toBe(value)
  })
})

describe('reclaim', () => {
  test('happens without a call, a tick at most after the entry is kept no longer', async () => {
    const { clock, set, held } = opened()
    await set('brief', 1, { ttlMs: 1000 })
    await set('kept', 1, { ttlMs: 1000, graceMs: 5000 })
    await set('endless', 1)
    clock.advance(1000 + TICK_MS)
    expect(await held()).toEqual(['kept', 'endless'])
    clock.advance(4999 - TICK_MS)
    expect(await held()).toEqual(['kept', 'endless'])
    clock.advance(1 + TICK_MS)
    expect(await held()).toEqual(['endless'])
  })

  test('leaves nothing behind and takes nothing early, whatever is written', async () => {
    const lifetime = fc.record({
      ttlMs: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 1e9 }), fc.constant(Infinity)),
      graceMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })),
    })
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, lifetime }),
      fc.record({ do: fc.constant('remove' as const), key }),
      fc.record({ do: fc.constant('clear' as const), prefix: fc.constantFrom('', 'a', 'b') }),
      fc.record({
        do: fc.constant('wait' as const),
        ms: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 2e9 })),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, store, set, remove, held, get, call } = opened()
        const model = new Map<string, { keptUntil: number; value: number }>()
        for (const [value, action] of steps.entries()) {
          if (action.do === 'set') {
            await set(action.key, value, action.lifetime)
            model.set(action.key, { keptUntil: clock.now() + action.lifetime.ttlMs + action.lifetime.graceMs, value })
          } else if (action.do === 'remove') {
            await remove(action.key)
            model.delete(action.key)
          } else if (action.do === 'clear') {
            await store.clear(action.prefix, call())
            for (const key of [...model.keys()]) if (key.startsWith(action.prefix)) model.delete(key)
          } else {
            clock.advance(action.ms)
          }
          const there = await held()
          for (const [key, { keptUntil, value }] of model) {
            if (clock.now() < keptUntil) expect((await get(key))?.value).toBe(value)
            if (clock.now() >= keptUntil + TICK_MS) expect(there).not.toContain(key)
          }
          expect(there.filter((key) => !model.has(key))).toEqual([])
          const waiting = [...model.values()].some(({ keptUntil }) => clock.now() < keptUntil && keptUntil < Infinity)
          if (waiting) expect(clock.pending).toBe(1)
          else if (clock.pending > 0)
            expect([...model.values()].some(({ keptUntil }) => keptUntil < Infinity)).toBe(true)
        }
      }),
    )
  })

  test('knows nothing more of what was cleared', async () => {
    const { clock, store, set, get, held, call } = opened()
    await set('a', 1, { ttlMs: 100 })
    await store.clear('', call())
    await set('a', 2)
    await set('b', 2, { ttlMs: 100 })
    clock.advance(1000)
    expect(await held()).toEqual(['a'])
    expect((await get('a'))?.value).toBe(2)
  })

  test('goes through many in slices, with the event loop free between them', async () => {
    const { clock, store, put, held, call } = opened()
    const count = 5000
    await store.write(
      Array.from({ length: count }, (_, index) => put(`k${index}`, index, { ttlMs: 10 })),
      call(),
    )
    let left = count
    for (let runs = 0; clock.runNext(); runs += 1) {
      const before = left
      left = (await held()).length
      expect(before - left).toBeLessThanOrEqual(1000)
      expect(runs).toBeLessThan((2 * count) / 1000)
    }
    expect(left).toBe(0)
  })

  test('is done by writes too, so that a loop of them that lets no timer run cannot outgrow it', async () => {
    const { now, clock } = stopped()
    const { set, held } = using(memory<number>({ clock }), clock)
    for (let index = 0; index < 3000; index += 1) {
      now.value += 1
      await set(`k${index}`, index, { ttlMs: 10 })
    }
    expect((await held()).length).toBeLessThanOrEqual(10 + TICK_MS + 1)
  })

  test('goes by the time of the calls where it is not that of its clock', async () => {
    const own = manualClock(1_700_000_000_000)
    const theirs = manualClock(1_500_000_000_000)
    const { set, held } = using(memory<number>({ clock: own }), theirs)
    await set('a', 1, { ttlMs: 1000 })
    own.advance(1e9)
    expect(await held()).toEqual(['a'])
    theirs.advance(1000 + TICK_MS)
    await set('b', 2)
    expect(await held()).toEqual(['b'])
  })

  test('goes on after a clock that ran ahead has been set right', async () => {
    const { now, clock, runTimer } = stopped()
    const { set, held } = using(memory<number>({ clock }), clock)
    now.value += 1e12
    await set('ahead', 1, { ttlMs: 1000 })
    now.value -= 1e12
    await set('right', 1, { ttlMs: 1000 })
    now.value += 1000 + TICK_MS
    runTimer()
    expect(await held()).toEqual(['ahead'])
  })
})

describe('the timer', () => {
  test('is there only while something waits for it', async () => {
    const { clock, store, set, remove, call } = opened()
    const pending: number[] = [clock.pending]
    const after = async (step: unknown) => {
      await step
      pending.push(clock.pending)
    }
    await after(set('endless', 1))
    await after(set('a', 1, { ttlMs: 5000 }))
    await after(set('b', 1, { ttlMs: 50 }))
    await after(remove('a'))
    await after(set('b', 1))
    await after(set('b', 1, { ttlMs: 50 }))
    await after(store.clear('b', call()))
    await after(set('b', 1, { ttlMs: 50 }))
    await after(store.clear('', call()))
    await after(set('b', 1, { ttlMs: 50 }))
    await after(clock.advance(50 + TICK_MS))
    await after(set('b', 1, { ttlMs: 50 }))
    await after(store.close())
    expect(pending).toEqual([0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0])
  })

  test('does not keep the process alive', async () => {
    const asked: unknown[] = []
    const clock: Clock = {
      now: () => 0,
      setTimer(_delayMs, _run, options) {
        asked.push(options)
        return { cancel: () => undefined }
      },
    }
    await using(memory<number>({ clock }), clock).set('a', 1, { ttlMs: 5 })
    expect(asked).toEqual([{ background: true }])
  })

  test('is not set anew by writes that end later than what it waits for', async () => {
    let timers = 0
    const inner = manualClock()
    const clock: Clock = {
      now: inner.now,
      setTimer(delayMs, run, options) {
        timers += 1
        return inner.setTimer(delayMs, run, options)
      },
    }
    const { set } = using(memory<number>({ clock }), inner)
    for (let index = 0; index < 1000; index += 1) await set(`k${index % 10}`, index, { ttlMs: 60_000 + index * 100 })
    expect(timers).toBe(1)
  })
})

describe('scan', () => {
  test('ends where it ended when it began, though what it has shown is removed and put in again', async () => {
    const { store, set, remove, call } = opened()
    for (let index = 0; index < 1000; index += 1) await set(`k${index}`, index)
    const seen: string[] = []
    for await (const page of store.scan('', call())) {
      for (const [key, { value }] of page) {
        seen.push(key)
        await remove(key)
        await set(key, value ?? 0)
      }
    }
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => `k${index}`))
  })

  test('shows nothing more once all has been cleared', async () => {
    const { store, set, call } = opened()
    for (let index = 0; index < 1000; index += 1) await set(`k${index}`, index)
    let pages = 0
    for await (const page of store.scan('', call())) {
      pages += 1
      expect(page.length).toBeLessThan(1000)
      await store.clear('', call())
      for (const [key] of page) await set(key, 1)
    }
    expect(pages).toBe(1)
  })

  test('of many at once go on without each other, and leave nothing in the map', async () => {
    const clock = manualClock()
    const store = new MemoryStore<number>(clock, { maxEntries: 601 })
    const { set, held } = using(store, clock)
    for (let index = 0; index < 600; index += 1) await set(`k${index}`, index)
    const scans = Array.from({ length: 20 }, () => store.scan(''))
    const pages = await Promise.all(scans.map((scan) => scan.next()))
    expect(pages.map((page) => page.value?.length)).toEqual(scans.map(() => pages[0]?.value?.length))
    expect((await held()).length).toBe(600)
    await Promise.all(scans.map((scan) => scan.return()))
    await set('one more', 1)
    expect((await held()).length).toBe(601)
  })
})

describe('what a map cannot hold', () => {
  test('is refused, and so is the whole batch', async () => {
    const clock = manualClock()
    const store = new MemoryStore<number>(clock, { maxEntries: 3 })
    const { set, put, held, get, call } = using(store, clock)
    await set('a', 1)
    await set('b', 1)
    expect(() => store.write([put('a', 2), put('c', 2), put('d', 2)], call())).toThrow(
      /^FULL: expected at most 3 entries/,
    )
    expect((await get('a'))?.value).toBe(1)
    store.write([put('c', 3), put('c', 3), put('a', 3), put('b', 3)], call())
    expect(await held()).toEqual(['a', 'b', 'c'])
  })

  test('is judged for each of the maps that the keys of many are spread over', async () => {
    const clock = manualClock()
    const store = new MemoryStore<number>(clock, { maxEntries: 10, splitAt: 5 })
    const { put, held, get, call } = using(store, clock)
    const refused: string[] = []
    for (let index = 0; index < 1000; index += 1) {
      try {
        store.write([put(`user:${index}`, index)], call())
      } catch {
        refused.push(`user:${index}`)
      }
    }
    expect((await held()).length).toBe(1000 - refused.length)
    expect(refused.length).toBeGreaterThanOrEqual(1000 - 64 * 10)
    expect((await held()).length).toBeGreaterThan(20 * 10)
    for (const key of refused) expect(await get(key)).toBeUndefined()
    expect(() => store.write([put('user:0', 1), put(refused[0] ?? '', 1)], call())).toThrow(/^FULL/)
    expect((await get('user:0'))?.value).toBe(0)
  })

  test('is not what expired and waits to be reclaimed', async () => {
    const { now, clock } = stopped()
    const store = new MemoryStore<number>(clock, { maxEntries: 3 })
    const { set, held } = using(store, clock)
    for (const key of ['a', 'b', 'c']) await set(key, 1, { ttlMs: 10 })
    now.value += 10 + TICK_MS
    for (const key of ['d', 'e', 'f']) await set(key, 1)
    expect(await held()).toEqual(['d', 'e', 'f'])
  })
})

test('entries that expired may be given, since the shell hides them', async () => {
  const { clock, set, get } = opened()
  await set('a', 1, { ttlMs: 10, graceMs: 1000 })
  clock.advance(20)
  const found = await get('a')
  expect(found?.value).toBe(1)
  expect(found !== undefined && visible(found, clock.now())).toBe(false)
})

/** A clock whose timers run only when told, whatever the time. */
function stopped() {
  const now = { value: 1_700_000_000_000 }
  const timers = new Set<() => void>()
  const clock: Clock = {
    now: () => now.value,
    setTimer(_delayMs, run): Timer {
      timers.add(run)
      return { cancel: () => void timers.delete(run) }
    },
  }
  const runTimer = (): void => {
    for (const run of [...timers]) {
      timers.delete(run)
      run()
    }
  }
  return { now, clock, runTimer }
}
