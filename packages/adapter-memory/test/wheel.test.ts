import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BACK_MS, type Bucket, type Spoke, TICK_MS, Wheel } from '../src/wheel.js'

class Node implements Spoke<Node> {
  readonly dueAt: number
  next: Node | undefined
  previous: Node | Bucket<Node> | undefined

  constructor(dueAt: number) {
    this.dueAt = dueAt
  }
}

const DAY = 24 * 60 * 60 * 1000
const ALL = Number.MAX_SAFE_INTEGER

/** From within a tick to beyond the last level. */
const span = fc.oneof(
  fc.integer({ min: 0, max: 3 * TICK_MS }),
  fc.integer({ min: 0, max: 10_000 }),
  fc.integer({ min: 0, max: 10 * DAY }),
  fc.integer({ min: 0, max: 50 * 365 * DAY }),
)

type Step =
  | { readonly do: 'add'; readonly inMs: number }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'move on'; readonly byMs: number; readonly limit: number }
  | { readonly do: 'set back'; readonly byMs: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), inMs: fc.oneof(span, fc.integer({ min: -500, max: 0 })) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('move on' as const), byMs: span, limit: fc.constantFrom(0, 1, 2, ALL) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set back' as const), byMs: span }) },
)

/** The wheel beside a plain set of what must be in it. */
class Bench {
  readonly wheel = new Wheel<Node>()
  readonly held = new Set<Node>()
  now: number
  /** What a step back too small to be followed may add. */
  #late = 0

  constructor(now: number) {
    this.now = now
    this.wheel.turn(now)
  }

  add(dueAt: number): Node {
    const node = new Node(dueAt)
    this.held.add(node)
    this.wheel.add(node)
    return node
  }

  remove(node: Node): void {
    this.held.delete(node)
    this.wheel.remove(node)
  }

  /** Gives how many it went through. */
  drain(limit = ALL): number {
    const before = this.held.size
    this.wheel.drain(this.now, limit, (node) => {
      expect(node.dueAt, 'never early').toBeLessThanOrEqual(this.now)
      expect(this.held.delete(node), 'given once, and only what is in it').toBe(true)
      return 1
    })
    return before - this.held.size
  }

  moveOn(byMs: number, limit: number): void {
    if (byMs < 0) this.#late = BACK_MS
    this.now += byMs
    this.wheel.turn(this.now)
    expect(this.drain(limit)).toBeLessThanOrEqual(limit)
  }

  earliest(): number {
    return Math.min(...[...this.held].map((node) => node.dueAt))
  }

  check(): void {
    expect(this.wheel.size).toBe(this.held.size)
    if (this.held.size === 0) expect(this.wheel.nextAt()).toBe(Infinity)
    else expect(this.wheel.nextAt()).toBeLessThanOrEqual(Math.max(this.earliest(), this.now) + TICK_MS + this.#late)
  }
}

function run(bench: Bench, action: Step): void {
  if (action.do === 'add') bench.add(bench.now + action.inMs)
  else if (action.do === 'move on') bench.moveOn(action.byMs, action.limit)
  else if (action.do === 'set back') bench.moveOn(-action.byMs, ALL)
  else {
    const node = [...bench.held][action.which % Math.max(bench.held.size, 1)]
    if (node !== undefined) bench.remove(node)
  }
}

describe('wheel', () => {
  test('holds what a plain set holds, whatever is done with it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const bench = new Bench(start)
        for (const action of steps) {
          run(bench, action)
          bench.check()
        }
      }),
      { numRuns: 500 },
    )
  })

  test('gives everything that was due a tick ago', () => {
    fc.assert(
      fc.property(fc.array(span), fc.array(span), (lives, moves) => {
        const bench = new Bench(1_700_000_000_000)
        for (const inMs of lives) bench.add(bench.now + inMs)
        for (const byMs of moves) {
          bench.moveOn(byMs, ALL)
          expect(bench.earliest()).toBeGreaterThan(bench.now - TICK_MS)
        }
      }),
    )
  })

  test('is empty after a few turns for each node, if turned when it says', () => {
    const LEVELS = 5
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), (lives) => {
        const bench = new Bench(1_700_000_000_000)
        for (const inMs of lives) bench.add(bench.now + inMs)
        let turns = 0
        for (let next = bench.wheel.nextAt(); next !== Infinity; next = bench.wheel.nextAt()) {
          expect(next).toBeGreaterThan(bench.now)
          bench.moveOn(next - bench.now, ALL)
          turns += 1
        }
        // What lies beyond the last level comes round once more for each two years.
        expect(turns).toBeLessThanOrEqual(lives.length * (LEVELS + 25))
        expect(bench.held.size).toBe(0)
      }),
    )
  })

  test('works through what is due in parts, and lets go of what is removed between them', () => {
    const bench = new Bench(0)
    const nodes = Array.from({ length: 10 }, () => bench.add(1000))
    bench.moveOn(2000, 3)
    expect(bench.held.size).toBe(7)
    for (const node of nodes.filter((node) => bench.held.has(node)).slice(0, 5)) bench.remove(node)
    expect(bench.wheel.nextAt()).toBeLessThanOrEqual(bench.now)
    expect(bench.drain()).toBe(2)
    expect(bench.wheel.nextAt()).toBe(Infinity)
  })

  test('a small step back changes nothing; after a large one everything is found again', () => {
    const bench = new Bench(100 * DAY)
    bench.moveOn(-1000, ALL)
    expect(bench.wheel.turned).toBe(false)
    bench.add(100 * DAY + 5000)
    bench.moveOn(-50 * DAY, ALL)
    bench.add(50 * DAY + 5000)
    bench.moveOn(10_000, ALL)
    expect(bench.held.size).toBe(1)
    bench.moveOn(50 * DAY, ALL)
    expect(bench.held.size).toBe(0)
  })

  test('what is due already waits for no more than a tick', () => {
    const bench = new Bench(1_000_000)
    bench.add(-Infinity)
    bench.add(3)
    expect(bench.wheel.nextAt()).toBeLessThanOrEqual(bench.now + TICK_MS)
    bench.moveOn(TICK_MS, ALL)
    expect(bench.held.size).toBe(0)
  })
})
