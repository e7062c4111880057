import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manualClock } from '../src/clock.js'
import { Deadlines } from '../src/deadlines.js'
import { CacheError } from '../src/errors.js'
import { deferred, stateOf, turns } from './support/deferred.js'
import { call, NOW } from './support/entries.js'
import { rejectionOf } from './support/failures.js'

const late = (code: 'TIMEOUT' | 'ABORTED') => new CacheError(code, 'late')

function setUp() {
  const clock = manualClock(NOW)
  return { clock, deadlines: new Deadlines(clock) }
}

describe('deadlines', () => {
  it('fail each piece of work exactly in time, with one timer for all', async () => {
    const piece = fc.record({ inMs: fc.integer({ min: -5, max: 60 }), doneAfterMs: fc.integer({ min: 0, max: 80 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 30 }), async (pieces) => {
        const { clock, deadlines } = setUp()
        const ends = new Map<number, string>()
        const open = pieces.map(({ inMs }, index) => {
          const work = deferred()
          deadlines.race(work.promise, call({ deadline: NOW + inMs }), late).then(
            () => ends.set(index, `done at ${clock.now() - NOW}`),
            () => ends.set(index, `late at ${clock.now() - NOW}`),
          )
          return work
        })
        expect(clock.pending).toBe(1)
        for (let ms = 0; ms <= 80; ms += 1) {
          for (const [index, { doneAfterMs }] of pieces.entries()) if (doneAfterMs === ms) open[index]?.resolve()
          await turns()
          clock.advance(0)
          await turns()
          expect(clock.pending).toBe(ends.size < pieces.length ? 1 : 0)
          clock.advance(1)
        }
        // What is done in the very millisecond of its deadline is late: the timer comes first.
        const expected = pieces.map(({ inMs, doneAfterMs }) =>
          doneAfterMs === 0 || doneAfterMs < inMs ? `done at ${doneAfterMs}` : `late at ${Math.max(inMs, 0)}`,
        )
        expect(pieces.map((_, index) => ends.get(index))).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('give what the work gives, and leave no timer behind', async () => {
    const { clock, deadlines } = setUp()
    await expect(deadlines.race(Promise.resolve(1), call({ deadline: NOW + 5 }), late)).resolves.toBe(1)
    const broken = new Error('broken')
    await expect(deadlines.race(Promise.reject(broken), call({ deadline: NOW + 5 }), late)).rejects.toBe(broken)
    expect(clock.pending).toBe(0)
  })

  it('cost work without one nothing', () => {
    const { clock, deadlines } = setUp()
    const { promise } = deferred()
    expect(deadlines.race(promise, call(), late)).toBe(promise)
    expect(clock.pending).toBe(0)
  })

  it('arm the timer anew when one comes that ends sooner', async () => {
    const { clock, deadlines } = setUp()
    const { promise } = deferred()
    const raced = [50, 10, 30].map((ms) => deadlines.race(promise, call({ deadline: NOW + ms }), late).catch(() => ms))
    expect(clock.pending).toBe(1)
    clock.advance(10)
    await expect(Promise.race(raced)).resolves.toBe(10)
    clock.advance(40)
    await expect(Promise.all(raced)).resolves.toEqual([50, 10, 30])
    expect(clock.pending).toBe(0)
  })

  it('wait once more for a timer that fires early, as the platform may', async () => {
    const clock = manualClock(NOW)
    let earlyMs = 1
    const setTimer = (delayMs: number, run: () => void) => {
      const timer = clock.setTimer(delayMs - earlyMs, run)
      earlyMs = 0
      return timer
    }
    const deadlines = new Deadlines({ now: () => clock.now(), setTimer })
    const raced = deadlines.race(deferred().promise, call({ deadline: NOW + 5 }), late)
    clock.advance(4)
    expect(await stateOf(raced)).toBe('pending')
    clock.advance(1)
    expect((await rejectionOf(raced)).code).toBe('TIMEOUT')
    expect(clock.pending).toBe(0)
  })

  it('take fractions of a millisecond as time that is still left', async () => {
    const { clock, deadlines } = setUp()
    const raced = deadlines.race(deferred().promise, call({ deadline: NOW + 4.5 }), late)
    clock.advance(4)
    expect(await stateOf(raced)).toBe('pending')
    clock.advance(1)
    expect((await rejectionOf(raced)).code).toBe('TIMEOUT')
  })
})

describe('a signal', () => {
  it('fails the call at once, with or without a deadline', async () => {
    for (const deadline of [Infinity, NOW + 5]) {
      const { clock, deadlines } = setUp()
      const { signal, abort } = controlled()
      const raced = deadlines.race(deferred().promise, call({ deadline, signal }), late)
      abort()
      expect((await rejectionOf(raced)).code).toBe('ABORTED')
      expect(clock.pending).toBe(0)
    }
  })

  it('changes nothing for what is done', async () => {
    const { deadlines } = setUp()
    const { signal, abort } = controlled()
    const raced = deadlines.race(Promise.resolve(1), call({ signal }), late)
    await expect(raced).resolves.toBe(1)
    abort()
  })

  it('that was given before fails the call, and no failure of the work comes up later', async () => {
    const { deadlines } = setUp()
    const { signal, abort } = controlled()
    abort()
    const work = deferred()
    expect((await rejectionOf(deadlines.race(work.promise, call({ signal }), late))).code).toBe('ABORTED')
    work.reject(new Error('nobody hears this'))
    await turns()
  })

  it('holds no listener of calls that are over', async () => {
    const { clock, deadlines } = setUp()
    let listeners = 0
    const { signal } = new AbortController()
    const counted: AbortSignal = Object.assign(signal, {
      addEventListener: () => (listeners += 1),
      removeEventListener: () => (listeners -= 1),
    })
    await deadlines.race(Promise.resolve(), call({ signal: counted }), late)
    await deadlines.race(Promise.reject(new Error('x')), call({ signal: counted }), late).catch(() => undefined)
    const raced = deadlines.race(deferred().promise, call({ signal: counted, deadline: NOW + 1 }), late)
    expect(listeners).toBe(1)
    clock.advance(1)
    await raced.catch(() => undefined)
    expect(listeners).toBe(0)
  })
})

describe('work that goes on after its deadline', () => {
  it('settles unheard, whether it fails or not', async () => {
    const { clock, deadlines } = setUp()
    const works = [deferred(), deferred()]
    const raced = works.map(({ promise }) => deadlines.race(promise, call({ deadline: NOW + 1 }), late))
    clock.advance(1)
    for (const each of raced) expect((await rejectionOf(each)).code).toBe('TIMEOUT')
    works[0]?.resolve()
    works[1]?.reject(new Error('nobody hears this'))
    await turns()
    expect(clock.pending).toBe(0)
  })
})

function controlled() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
