import { describe, expect, it } from 'vitest'
import { manualClock } from '../src/clock.js'
import type { Call, Page, Traits } from '../src/contract.js'
import { Gate } from '../src/gate.js'
import { deferred, stateOf, turns } from './support/deferred.js'
import { call, entry, NOW } from './support/entries.js'
import { expectCode, rejectionOf, thrownBy } from './support/failures.js'

const writes = (...keys: string[]) => ({ keys, writes: true })
const reads = (...keys: string[]) => ({ keys, writes: false })

function setUp(lives: Traits['lives'] = 'disk') {
  const clock = manualClock(NOW)
  return { clock, gate: new Gate('test', clock, lives) }
}

const soon = (facts: Partial<Call> = {}): Call => call({ deadline: NOW + 10, ...facts })

describe('a call on its way in', () => {
  it('passes ready work on at once, and ready failures too', () => {
    const { gate, clock } = setUp()
    expect(gate.pass('read', reads('a'), soon(), () => 'ready')).toBe('ready')
    expect(() =>
      gate.pass('read', reads('a'), soon(), () => {
        throw new Error('broken')
      }),
    ).toThrow('broken')
    expect(clock.pending).toBe(0)
    expect(gate.lanes.idle).toBe(true)
  })

  it('is refused when its signal was given before', () => {
    const { gate } = setUp()
    const { message, operation, source, code } = thrownBy(() =>
      gate.check('read', call({ signal: AbortSignal.abort() })),
    )
    expect({ code, operation, source }).toEqual({ code: 'ABORTED', operation: 'read', source: 'test' })
    expect(message).toContain('aborted by the caller')
  })

  it('is refused after the close, unless it had begun before', async () => {
    const { gate } = setUp()
    const under = call()
    const work = deferred()
    const result = gate.pass('write', writes('a'), under, () => work.promise)
    gate.close()
    expect(gate.closed).toBe(true)
    gate.check('read', under)
    expectCode(() => gate.check('read', call()), 'CLOSED', /read on test after it was closed/)
    work.resolve()
    await result
    expectCode(() => gate.check('read', under), 'CLOSED')
  })
})

describe('a call that is late', () => {
  it.each([
    ['read', reads('a'), 'none'],
    ['write', writes('a'), 'unknown'],
  ] as const)('fails a %s with what may have become of it', async (operation, scope, outcome) => {
    const { gate, clock } = setUp()
    const passed = gate.pass(operation, scope, soon(), () => deferred().promise)
    const held = gate.hold(operation, { ...scope, keys: ['b'] }, soon(), deferred().promise)
    clock.advance(10)
    for (const late of [passed, held]) {
      expect(await rejectionOf(late)).toMatchObject({
        code: 'TIMEOUT',
        retry: 'yes',
        operation,
        source: 'test',
        outcome,
      })
    }
  })

  it('has done nothing where it was still waiting, and never will', async () => {
    const { gate, clock } = setUp()
    const first = deferred()
    const done = gate.pass('write', writes('a'), call(), () => first.promise)
    let ran = false
    const second = gate.pass('write', writes('a'), soon(), () => {
      ran = true
    })
    clock.advance(10)
    expect(await rejectionOf(second)).toMatchObject({ code: 'TIMEOUT', outcome: 'none' })
    first.resolve()
    await done
    await turns()
    expect(ran).toBe(false)
    expect(gate.lanes.idle).toBe(true)
  })

  it('settles at once when it is aborted while it waits', async () => {
    const { gate } = setUp()
    const controller = new AbortController()
    const first = gate.pass('write', writes('a'), call(), () => deferred().promise)
    const second = gate.pass('write', writes('a'), call({ signal: controller.signal }), () => 'never')
    controller.abort()
    expect(await rejectionOf(second)).toMatchObject({ code: 'ABORTED', outcome: 'none' })
    expect(await stateOf(first)).toBe('pending')
  })

  it.each(['disk', 'process'] as const)(
    'keeps its lane on a store that lives in a %s until the driver is done',
    async (lives) => {
      const { gate, clock } = setUp(lives)
      const driver = deferred()
      const late = gate.pass('write', writes('a'), soon(), () => driver.promise)
      clock.advance(10)
      await rejectionOf(late)
      const next = gate.pass('write', writes('a'), call(), () => 'next')
      expect(await stateOf(next)).toBe('pending')
      driver.resolve()
      await expect(next).resolves.toBe('next')
    },
  )

  it.each([
    ['passed', (gate: Gate) => gate.pass('write', writes('a'), soon(), () => deferred().promise, 'driver')],
    ['held', (gate: Gate) => gate.hold('write', writes('a'), soon(), deferred().promise, 'driver')],
  ] as const)('gives its lane up on a server, where what missed its deadline was given up (%s)', async (_, begin) => {
    const { gate, clock } = setUp('server')
    const late = begin(gate)
    const next = gate.pass('write', writes('a'), call(), () => 'next')
    clock.advance(9)
    expect(await stateOf(next)).toBe('pending')
    clock.advance(1)
    expect(await rejectionOf(late)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    await expect(next).resolves.toBe('next')
    expect(gate.lanes.idle).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('keeps its lane on a server when it was aborted, until its deadline', async () => {
    for (const hold of [false, true]) {
      const { gate, clock } = setUp('server')
      const controller = new AbortController()
      const limited = soon({ signal: controller.signal })
      const work = deferred().promise
      const aborted = hold
        ? gate.hold('write', writes('a'), limited, work, 'driver')
        : gate.pass('write', writes('a'), limited, () => work, 'driver')
      controller.abort()
      expect((await rejectionOf(aborted)).code).toBe('ABORTED')
      const next = gate.pass('write', writes('a'), call(), () => 'next')
      expect(await stateOf(next)).toBe('pending')
      clock.advance(10)
      await expect(next).resolves.toBe('next')
    }
  })

  it('is bounded on a server from the moment it was made, also where it had to wait', async () => {
    const { gate, clock } = setUp('server')
    const first = deferred()
    const calls = [
      gate.pass('write', writes('a'), call(), () => first.promise),
      gate.pass('write', writes('a'), soon(), () => deferred().promise, 'driver'),
      gate.pass('write', writes('a'), call(), () => 'third'),
    ]
    clock.advance(5)
    first.resolve()
    await turns()
    clock.advance(5)
    expect(await rejectionOf(calls[1])).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
    await expect(calls[2]).resolves.toBe('third')
  })
})

describe('within', () => {
  it('leaves what is ready alone, and bounds what is not', async () => {
    const { gate, clock } = setUp()
    expect(gate.within('ready', 5)).toBe('ready')
    const late = gate.within(deferred().promise, 5)
    clock.advance(5)
    expect(await rejectionOf(late)).toMatchObject({ code: 'TIMEOUT', operation: 'close', outcome: 'unknown' })
  })
})

/** Pages that the test hands out, and what became of their source. */
function source(pages: readonly string[]) {
  const state = { next: 0, returned: 0, hang: false, hangReturn: false }
  const page = (key: string): Page<string> => [[key, entry(key)]]
  const iterator: AsyncIterator<Page<string>> = {
    next: () => {
      const key = pages[state.next]
      state.next += 1
      if (state.hang) return new Promise(() => undefined)
      return Promise.resolve(key === undefined ? { done: true, value: undefined } : { done: false, value: page(key) })
    },
    return: () => {
      state.returned += 1
      return state.hangReturn ? new Promise(() => undefined) : Promise.resolve({ done: true, value: undefined })
    },
  }
  return { state, open: () => ({ [Symbol.asyncIterator]: () => iterator }) }
}

function scanOf(gate: Gate, open: () => AsyncIterable<Page<string>>, own = soon()) {
  return gate.pages('', own, open)[Symbol.asyncIterator]()
}

describe('pages', () => {
  it('come one by one and free nothing that has come to its end', async () => {
    const { gate, clock } = setUp()
    const { state, open } = source(['a', 'b'])
    const seen: string[] = []
    for await (const page of gate.pages('', call(), open)) seen.push(...page.map(([key]) => key))
    expect(seen).toEqual(['a', 'b'])
    expect(state.returned).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('free their source when they are left early', async () => {
    const { gate } = setUp()
    const { state, open } = source(['a', 'b'])
    for await (const _ of gate.pages('', call(), open)) break
    expect(state.returned).toBe(1)
  })

  it('have the whole deadline each', async () => {
    const { gate, clock } = setUp()
    const { state, open } = source(['a', 'b', 'c'])
    const pages = scanOf(gate, open)
    for (let count = 0; count < 3; count += 1) {
      expect((await pages.next()).done).toBe(false)
      clock.advance(9)
    }
    state.hang = true
    const late = pages.next()
    await turns()
    clock.advance(9)
    expect(await stateOf(late)).toBe('pending')
    clock.advance(1)
    expect(await rejectionOf(late)).toMatchObject({ code: 'TIMEOUT', operation: 'scan', outcome: 'none' })
    expect(state.returned).toBe(1)
  })

  it('wait for the writes before them, but no longer than a page may take', async () => {
    const { gate, clock } = setUp()
    const write = deferred()
    const writing = gate.pass('write', writes('a'), call(), () => write.promise)
    const { open } = source(['a'])
    const late = scanOf(gate, open).next()
    const later = scanOf(gate, open, call()).next()
    await turns()
    clock.advance(10)
    expect((await rejectionOf(late)).code).toBe('TIMEOUT')
    expect(await stateOf(later)).toBe('pending')
    write.resolve()
    await writing
    expect((await later).done).toBe(false)
  })

  it('count what they waited for the writes before them', async () => {
    const { gate, clock } = setUp()
    const write = deferred()
    const writing = gate.pass('write', writes('a'), call(), () => write.promise)
    const { state, open } = source(['a'])
    state.hang = true
    const first = scanOf(gate, open).next()
    clock.advance(6)
    write.resolve()
    await writing
    await turns()
    clock.advance(4)
    expect(await rejectionOf(first)).toMatchObject({ code: 'TIMEOUT', operation: 'scan' })
  })

  it('end at once when their call is aborted, under way or between two pages', async () => {
    const { gate } = setUp()
    const controller = new AbortController()
    const { state, open } = source(['a', 'b'])
    const [between, under] = [0, 1].map(() => scanOf(gate, open, call({ signal: controller.signal })))
    await between?.next()
    state.hang = true
    const hung = under?.next()
    await turns()
    controller.abort()
    expect((await rejectionOf(hung)).code).toBe('ABORTED')
    expect((await rejectionOf(between?.next())).code).toBe('ABORTED')
    expect(state.returned).toBe(2)
  })

  it('end with CLOSED once the store closes, never as if all had been seen', async () => {
    const { gate } = setUp()
    const { state, open } = source(['a', 'b'])
    const pages = scanOf(gate, open)
    await pages.next()
    gate.close()
    await gate.free()
    expect(state.returned).toBe(1)
    expect((await rejectionOf(pages.next())).code).toBe('CLOSED')
    expect(gate.free()).toBeUndefined()
  })

  it('end with CLOSED when the page comes after the close', async () => {
    const { gate } = setUp()
    const page = deferred()
    let returned = 0
    const open = async function* (): AsyncGenerator<Page<string>, void, undefined> {
      try {
        await page.promise
        yield [['a', entry('a')]]
      } finally {
        returned += 1
      }
    }
    const next = scanOf(gate, open).next()
    await turns()
    gate.close()
    page.resolve()
    expect((await rejectionOf(next)).code).toBe('CLOSED')
    expect(returned).toBe(1)
  })

  it('fail as their source does, and ask it for nothing more', async () => {
    const { gate } = setUp()
    const broken = new Error('broken')
    const open = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(broken) }) })
    await expect(scanOf(gate, open).next()).rejects.toMatchObject({ code: 'BACKEND', cause: broken })
  })

  it('let a source that cannot be freed hang nobody', async () => {
    const { gate, clock } = setUp()
    const { state, open } = source(['a', 'b'])
    const pages = scanOf(gate, open)
    await pages.next()
    state.hangReturn = true
    const left = pages.return?.()
    await turns()
    clock.advance(10)
    expect(await rejectionOf(left)).toMatchObject({ code: 'TIMEOUT', operation: 'scan', outcome: 'none' })
  })

  it('fail as they did, whatever a clean-up that nobody waits for comes to', async () => {
    const { gate, clock } = setUp()
    const iterator: AsyncIterator<Page<string>> = {
      next: () => new Promise(() => undefined),
      return: () => Promise.reject(new Error('nobody hears this')),
    }
    const late = scanOf(gate, () => ({ [Symbol.asyncIterator]: () => iterator })).next()
    await turns()
    clock.advance(10)
    expect((await rejectionOf(late)).code).toBe('TIMEOUT')
    await turns()
  })

  it('are refused to a closed store', async () => {
    const { gate } = setUp()
    gate.close()
    expect((await rejectionOf(scanOf(gate, source([]).open).next())).code).toBe('CLOSED')
  })
})
