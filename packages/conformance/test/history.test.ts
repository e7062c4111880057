import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HistoryAction, HistoryOperation } from '../src/history/operations.js'
import { recordHistory } from '../src/history/recorder.js'
import { checkHistory } from '../src/history.js'

type Op = HistoryOperation<string>

const op = (
  begin: number,
  end: number,
  action: HistoryAction<string>,
  more: Pick<Op, 'unknown' | 'client'> = {},
): Op => ({
  key: 'a',
  begin,
  end,
  ...action,
  ...more,
})
const put = (value: string, answer = true, when?: 'absent' | 'present' | { readonly value: string }) =>
  ({ verb: 'put', value, answer, when }) as const
const read = (answer: string | undefined) => ({ verb: 'read', answer }) as const
const take = (answer: string | undefined) => ({ verb: 'take', answer }) as const
const remove = (answer: boolean) => ({ verb: 'remove', answer }) as const

const LEGAL: Record<string, readonly Op[]> = {
  'nothing at all': [],
  'a read before any write': [op(1, 2, read(undefined))],
  'a read that overlaps a write sees the old or the new': [
    op(1, 9, put('x')),
    op(2, 3, read(undefined)),
    op(4, 5, read('x')),
  ],
  'two writers, read in one order by all': [
    op(1, 9, put('x')),
    op(1, 9, put('y')),
    op(2, 3, read('y')),
    op(4, 5, read('x')),
  ],
  'one of two writers of an absent key wins': [op(1, 4, put('x', true, 'absent')), op(2, 3, put('y', false, 'absent'))],
  'of two takers one gets it': [op(1, 2, put('x')), op(3, 6, take('x')), op(4, 5, take(undefined))],
  'a write of unknown outcome lands later': [
    op(1, 2, put('x', false), { unknown: true }),
    op(3, 4, read(undefined)),
    op(5, 6, read('x')),
  ],
  'a write of unknown outcome never lands': [op(1, 2, put('x'), { unknown: true }), op(3, 4, read(undefined))],
  'compare and set': [
    op(1, 2, put('x')),
    op(3, 4, put('y', true, { value: 'x' })),
    op(5, 6, put('z', false, { value: 'x' })),
  ],
  'keys apart': [op(1, 2, put('x')), { ...op(3, 4, read(undefined)), key: 'b' }],
}

const ILLEGAL: Record<string, readonly Op[]> = {
  'a lost write': [op(1, 2, put('x')), op(3, 4, read(undefined))],
  'a value nobody wrote': [op(1, 2, put('x')), op(3, 4, read('y'))],
  'an outdated read': [op(1, 2, put('x')), op(3, 4, put('y')), op(5, 6, read('x'))],
  'a read that goes back in time': [op(1, 9, put('x')), op(2, 3, read('x')), op(4, 5, read(undefined))],
  'a read from the future': [op(1, 2, read('x')), op(3, 4, put('x'))],
  'two winners': [op(1, 4, put('x', true, 'absent')), op(2, 3, put('y', true, 'absent'))],
  'no winner': [op(1, 4, put('x', false, 'absent')), op(2, 3, put('y', false, 'absent'))],
  'a value taken twice': [op(1, 2, put('x')), op(3, 6, take('x')), op(4, 5, take('x'))],
  'a removal that lies': [op(1, 2, remove(true))],
  'a removal that undoes a later write': [op(1, 2, remove(false)), op(3, 4, put('x')), op(5, 6, read(undefined))],
  'a removed value that comes back': [op(1, 2, put('x')), op(3, 4, remove(true)), op(5, 6, read('x'))],
  'a write of unknown outcome that lands twice': [
    op(1, 2, put('x'), { unknown: true }),
    op(3, 4, take('x')),
    op(5, 6, take('x')),
  ],
  'a clear that clears nothing': [op(1, 2, put('x')), op(3, 4, { verb: 'clear' }), op(5, 6, read('x'))],
}

describe('known histories', () => {
  it.each(Object.entries(LEGAL))('%s is legal', (_, operations) => {
    expect(checkHistory(operations)).toEqual({ legal: true, exhaustive: true })
  })

  it.each(Object.entries(ILLEGAL))('%s is illegal', (_, operations) => {
    expect(checkHistory(operations)).toMatchObject({ legal: false, key: 'a' })
  })

  it('takes what keys held at first', () => {
    const initial = new Map([['a', 'x']])
    expect(checkHistory([op(1, 2, read('x'))], { initial }).legal).toBe(true)
    expect(checkHistory([op(1, 2, read(undefined))], { initial }).legal).toBe(false)
  })

  it('lets a lossy store lose values, and nothing else', () => {
    expect(checkHistory(ILLEGAL['a lost write'] ?? [], { lossy: true }).legal).toBe(true)
    expect(checkHistory(ILLEGAL['an outdated read'] ?? [], { lossy: true }).legal).toBe(false)
  })

  it('prints the smallest illegal part', () => {
    const noise = [op(1, 2, put('w')), op(3, 4, read('w')), op(5, 30, read('w'))]
    const verdict = checkHistory([
      ...noise,
      op(6, 20, put('x'), { client: 1 }),
      op(7, 8, read('x')),
      op(9, 10, read('w')),
    ])
    expect(verdict).toMatchObject({ legal: false, from: ['w'] })
    expect(verdict.legal ? '' : verdict.text).toBe(
      [
        "key 'a' held 'w'; no order explains these answers:",
        "  client 1  [0 … ?]  put 'x' → unknown",
        "  [1 … 2]  read → 'x'",
        "  [3 … 4]  read → 'w'",
      ].join('\n'),
    )
  })

  it('refuses an operation that ends before it begins', () => {
    expect(() => checkHistory([op(2, 1, read(undefined))])).toThrow(TypeError)
  })
})

/** Runs actions one after the other, each at a moment within its own interval: legal by construction. */
const legalHistory = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 60 }),
      before: fc.integer({ min: 0, max: 8 }),
      after: fc.integer({ min: 0, max: 8 }),
      key: fc.constantFrom('a', 'b'),
      verb: fc.constantFrom('read', 'put', 'remove', 'take', 'add', 'swap', 'clear'),
      unknown: fc.boolean(),
    }),
    { maxLength: 24 },
  )
  .map((steps) => {
    const held = new Map<string, string>()
    return steps
      .map((step, index) => ({ ...step, at: step.at + index / 1000, index }))
      .sort((a, b) => a.at - b.at)
      .map(({ key, verb, at, before, after, index, unknown }): Op => {
        const place = { key, begin: at - before, end: at + after }
        const old = held.get(key)
        const value = `v${index}`
        switch (verb) {
          case 'put':
            held.set(key, value)
            return { ...place, ...put(value), unknown }
          case 'add':
            if (old === undefined) held.set(key, value)
            return { ...place, ...put(value, old === undefined, 'absent') }
          case 'swap':
            if (old !== undefined) held.set(key, value)
            return { ...place, ...put(value, old !== undefined, { value: old ?? 'none' }) }
          case 'remove':
            held.delete(key)
            return { ...place, ...remove(old !== undefined), unknown }
          case 'take':
            held.delete(key)
            return { ...place, ...take(old) }
          case 'clear':
            held.delete(key)
            return { ...place, verb: 'clear' }
          default:
            return { ...place, ...read(old) }
        }
      })
  })

/** All orders of a short history, tried one by one: slow, and too simple to be wrong. */
function legalByForce(operations: readonly Op[], held: string | undefined): boolean {
  if (operations.length === 0) return true
  return operations.some((first, index) => {
    const rest = operations.filter((_, other) => other !== index)
    if (rest.some((other) => other.end < first.begin)) return false
    switch (first.verb) {
      case 'put': {
        const done = first.when === undefined || held === undefined
        return done === first.answer && legalByForce(rest, done ? first.value : held)
      }
      case 'remove':
        return first.answer === (held !== undefined) && legalByForce(rest, undefined)
      case 'take':
        return first.answer === held && legalByForce(rest, undefined)
      case 'clear':
        return legalByForce(rest, undefined)
      default:
        return first.answer === held && legalByForce(rest, held)
    }
  })
}

const anyHistory = fc.array(
  fc
    .record({
      begin: fc.integer({ min: 0, max: 12 }),
      length: fc.integer({ min: 0, max: 6 }),
      action: fc.oneof(
        fc.constantFrom('x', 'y', undefined).map((value) => read(value)),
        fc.constantFrom('x', 'y', undefined).map((value) => take(value)),
        fc.tuple(fc.constantFrom('x', 'y'), fc.boolean()).map(([value, answer]) => put(value, answer, 'absent')),
        fc.constantFrom('x', 'y').map((value) => put(value)),
        fc.boolean().map((answer) => remove(answer)),
      ),
    })
    .map(({ begin, length, action }) => op(begin, begin + length, action)),
  { maxLength: 6 },
)

describe('the search', () => {
  it('never blames a legal history, and neither does the cheap rule', () => {
    fc.assert(
      fc.property(legalHistory, fc.boolean(), (operations, lossy) => {
        expect(checkHistory(operations, { lossy })).toEqual({ legal: true, exhaustive: true })
        expect(checkHistory(operations, { lossy, maxSteps: 0 }).legal).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('agrees with trying every order', () => {
    fc.assert(
      fc.property(anyHistory, (operations) => {
        expect(checkHistory(operations).legal).toBe(legalByForce(operations, undefined))
      }),
      { numRuns: 1000 },
    )
  })

  it('blames a part that is illegal by itself', () => {
    fc.assert(
      fc.property(anyHistory, (operations) => {
        const verdict = checkHistory(operations)
        if (verdict.legal) return
        const froms = verdict.from.map((value) => new Map(value === undefined ? [] : [['a', value]]))
        for (const initial of froms) expect(checkHistory(verdict.operations, { initial }).legal).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('splits long histories, so that ten thousand operations take no time', () => {
    const long = Array.from({ length: 10_000 }, (_, index) =>
      op(index, index + 2.5, index % 10 === 0 ? put('x') : read(index === 0 ? undefined : 'x')),
    )
    expect(checkHistory(long)).toEqual({ legal: true, exhaustive: true })
    expect(checkHistory([...long, op(10_010, 10_011, read('y'))]).legal).toBe(false)
  })
})

describe('the cheap rule', () => {
  it.each(['a lost write', 'a value nobody wrote', 'an outdated read', 'a removed value that comes back'])(
    'finds %s',
    (name) => {
      expect(checkHistory(ILLEGAL[name] ?? [], { maxSteps: 0 }).legal).toBe(false)
    },
  )

  it('says that it was not exhaustive', () => {
    expect(checkHistory(ILLEGAL['two winners'] ?? [], { maxSteps: 0 })).toEqual({ legal: true, exhaustive: false })
  })
})

describe('recordHistory', () => {
  it('notes what clients did and were told', async () => {
    const recorder = recordHistory<string>()
    const slow = recorder.put('a', 'x', () => Promise.resolve(true), { client: 1 })
    await recorder.read('a', () => undefined, { client: 2 })
    await slow
    expect(recorder.operations).toMatchObject([
      { verb: 'put', begin: 1, answer: true, client: 1 },
      { verb: 'read', begin: 2, answer: undefined, client: 2 },
    ])
    expect(checkHistory(recorder.operations).legal).toBe(true)
  })

  it('keeps a failed write whose outcome is unknown, and drops one that surely did nothing', async () => {
    const recorder = recordHistory<string>()
    const fail = (): never => {
      throw new Error('cut')
    }
    await expect(recorder.put('a', 'x', fail)).rejects.toThrow('cut')
    await expect(recorder.read('a', fail)).rejects.toThrow('cut')
    expect(recorder.operations).toMatchObject([{ verb: 'put', unknown: true }])
  })
})
