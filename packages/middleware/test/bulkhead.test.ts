import { CacheError } from '@cachette/core'
import { type Bulkhead, type BulkheadOptions, bulkhead } from '@cachette/middleware/bulkhead'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failureOf } from './support/failures.js'
import { type Bench, bench, turns } from './support/remote.js'

/** A call of the model: where it is, and how the test ends it. */
interface Asked {
  readonly id: number
  readonly deadline: number
  readonly abort: AbortController
  outcome: string
  end(fails: boolean): void
}

/** Two lists: those that are under way, and those that wait, in the order in which they came. */
interface Model {
  maxConcurrent: number
  maxQueued: number
  readonly active: Asked[]
  readonly queue: Asked[]
  readonly begun: number[]
  count: number
}

interface Real {
  readonly at: Bench
  readonly layer: Bulkhead
  /** The calls that have reached the server, in that order, and what lets each of them end. */
  readonly begun: number[]
  readonly ends: Map<number, (fails: boolean) => void>
}

type Step = fc.AsyncCommand<Model, Real>

function admit(model: Model): void {
  while (model.active.length < model.maxConcurrent) {
    const next = model.queue.shift()
    if (next === undefined) return
    model.active.push(next)
    model.begun.push(next.id)
  }
}

async function check(model: Model, { layer, begun }: Real): Promise<void> {
  await turns()
  expect({ active: layer.active, queued: layer.queued, begun }).toEqual({
    active: model.active.length,
    queued: model.queue.length,
    begun: model.begun,
  })
}

const call = (withinMs: number): Step => ({
  check: () => true,
  toString: () => `call ${withinMs}`,
  async run(model, real) {
    const { at, ends } = real
    const id = model.count
    model.count += 1
    const abort = new AbortController()
    const deadline = at.clock.now() + withinMs
    const asked: Asked = { id, deadline, abort, outcome: 'open', end: (fails) => ends.get(id)?.(fails) }
    try {
      Promise.resolve(at.store.read([String(id)], at.call({ deadline, signal: abort.signal }))).then(
        () => {
          asked.outcome = 'done'
        },
        (error: unknown) => {
          asked.outcome = error instanceof CacheError ? error.code : 'untyped'
        },
      )
    } catch (error) {
      asked.outcome = error instanceof CacheError ? error.code : 'untyped'
    }
    const isFull = model.active.length >= model.maxConcurrent && model.queue.length >= model.maxQueued
    expect(asked.outcome).toBe(isFull ? 'REJECTED' : 'open')
    if (!isFull) model.queue.push(asked)
    admit(model)
    await check(model, real)
  },
})

/** A call under way ends, one way or the other. */
const end = (which: number, fails: boolean): Step => ({
  check: ({ active }) => active.length > 0,
  toString: () => `end ${which} ${fails ? 'badly' : 'well'}`,
  async run(model, real) {
    const [one] = model.active.splice(which % model.active.length, 1)
    one?.end(fails)
    admit(model)
    await check(model, real)
    expect(one?.outcome).toBe(fails ? 'UNAVAILABLE' : 'done')
  },
})

/** The caller of one call aborts, wherever it is. */
const abort = (which: number): Step => ({
  check: ({ active, queue }) => active.length + queue.length > 0,
  toString: () => `abort ${which}`,
  async run(model, real) {
    const all = [...model.active, ...model.queue]
    const one = all[which % all.length]
    one?.abort.abort()
    leave(model, (asked) => asked === one)
    await check(model, real)
    expect(one?.outcome).toBe('ABORTED')
  },
})

const pass = (ms: number): Step => ({
  check: () => true,
  toString: () => `pass ${ms}`,
  async run(model, real) {
    for (let left = ms; left > 0; left -= 1) {
      real.at.clock.advance(1)
      await turns()
      const now = real.at.clock.now()
      const late = [...model.active, ...model.queue].filter(({ deadline }) => deadline <= now)
      leave(model, (asked) => late.includes(asked))
      for (const one of late) expect(one.outcome).toBe('TIMEOUT')
    }
    await check(model, real)
  },
})

const configure = (maxConcurrent: number): Step => ({
  check: () => true,
  toString: () => `configure ${maxConcurrent}`,
  async run(model, real) {
    model.maxConcurrent = maxConcurrent
    real.layer.configure({ maxConcurrent })
    admit(model)
    await check(model, real)
  },
})

function leave(model: Model, goes: (asked: Asked) => boolean): void {
  for (const list of [model.queue, model.active]) {
    list.splice(0, list.length, ...list.filter((asked) => !goes(asked)))
  }
  admit(model)
}

describe('bulkhead', () => {
  it('has under way and waiting what its model has, whatever ends, fails, is late or aborted', async () => {
    const options = fc.record({
      maxConcurrent: fc.integer({ min: 1, max: 3 }),
      maxQueued: fc.integer({ min: 0, max: 3 }),
    })
    const steps = [
      fc.constantFrom(5, 20, 1_000).map(call),
      fc.constantFrom(5, 20, 1_000).map(call),
      fc.tuple(fc.nat(5), fc.boolean()).map(([which, fails]) => end(which, fails)),
      fc.nat(5).map(abort),
      fc.constantFrom(1, 5, 20).map(pass),
      fc.integer({ min: 1, max: 4 }).map(configure),
    ]
    await fc.assert(
      fc.asyncProperty(options, fc.commands(steps, { maxCommands: 40, size: 'max' }), async (limits, commands) => {
        const layer = bulkhead(limits)
        const at = bench([layer])
        const begun: number[] = []
        const ends = new Map<number, (fails: boolean) => void>()
        at.remote.meets = ({ keys: [key = ''] }) => ({
          before: () =>
            new Promise((resolve, reject) => {
              begun.push(Number(key))
              ends.set(Number(key), (fails) => (fails ? reject(new CacheError('UNAVAILABLE', 'away')) : resolve()))
            }),
        })
        const model = { ...limits, active: [], queue: [], begun: [], count: 0 }
        await fc.asyncModelRun(() => ({ model, real: { at, layer, begun, ends } }), commands)
      }),
      { numRuns: 200 },
    )
  })

  it('gives up a place that comes in the very moment in which its caller gives up', async () => {
    const layer = bulkhead({ maxConcurrent: 1 })
    const at = bench([layer])
    let end = (): void => undefined
    at.remote.meets = () => ({ before: () => new Promise((resolve) => (end = resolve)) })
    const first = at.store.read(['a'], at.call())
    const abort = new AbortController()
    const second = Promise.resolve(at.store.read(['b'], at.call({ signal: abort.signal })))
    const third = at.store.read(['c'], at.call())
    end()
    // The first has ended, and nobody has had a turn since but whoever it made way for.
    while (layer.queued === 2) await Promise.resolve()
    abort.abort()
    expect(await failureOf(() => second)).toMatchObject({ code: 'ABORTED' })
    await first
    await turns()
    end()
    await third
    expect([layer.active, layer.queued, at.remote.log]).toEqual([0, 0, ['read a', 'read c']])
  })

  it('takes a place for each page of a scan, and not between them', async () => {
    const layer = bulkhead({ maxConcurrent: 1, maxQueued: 0 })
    const at = bench([layer])
    await at.store.write([at.put('a'), at.put('b')], at.call())
    const keys: string[] = []
    for await (const page of at.store.scan('', at.call())) {
      keys.push(...page.map(([key]) => key))
      expect(layer.active).toBe(0)
      // Each page has the time of the call anew.
      at.clock.advance(900)
    }
    expect(keys).toEqual(['a', 'b'])
  })

  it('gives a page that waits the time of the call anew', async () => {
    const at = bench([bulkhead({ maxConcurrent: 1 })])
    await at.store.write([at.put('a'), at.put('b')], at.call())
    const pages = at.store.scan('', at.call())[Symbol.asyncIterator]()
    await pages.next()
    at.clock.advance(5_000)
    let end = (): void => undefined
    at.remote.meets = ({ verb }) => ({
      before: () => (verb === 'read' ? new Promise((resolve) => (end = resolve)) : undefined),
    })
    const read = at.store.read(['a'], at.call())
    const page = pages.next()
    await turns()
    at.clock.advance(999)
    end()
    expect((await page).value).toMatchObject([['b', { value: 'v' }]])
    await read
  })

  it('leaves alone what answers at once', async () => {
    const layer = bulkhead({ maxConcurrent: 1, maxQueued: 0 })
    const at = bench([layer], { sync: 'all', lives: 'process' })
    expect(at.store.write([at.put('a')], at.call())).toEqual([true])
    expect(at.store.read(['b', 'a'], at.call())).toMatchObject([undefined, { value: 'v' }])
    expect(layer.active).toBe(0)
  })

  it('turns away what finds the queue full, and says how full', async () => {
    const layer = bulkhead({ maxConcurrent: 1, maxQueued: 0 })
    const at = bench([layer])
    const read = at.store.read(['a'], at.call())
    expect(await failureOf(() => at.store.clear('b', at.call()))).toMatchObject({
      code: 'REJECTED',
      retry: 'yes',
      source: 'bulkhead',
      details: { maxConcurrent: 1, maxQueued: 0 },
    })
    await read
  })

  it.each<[BulkheadOptions, string]>([
    [{ maxConcurrent: 0 }, 'expected maxConcurrent to be a positive whole number, got 0'],
    [{ maxQueued: -1 }, 'expected maxQueued to be zero or a positive whole number'],
    [{ maxQueue: 1 } as BulkheadOptions, 'did you mean "maxQueued"?'],
  ])('refuses %o', (options, message) => {
    expect(() => bulkhead(options)).toThrow(message)
    expect(() => bulkhead().configure(options)).toThrow(message)
  })
})
