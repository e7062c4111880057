import type { Store } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAny, checkStore } from '../src/index.js'
import { brokenMap } from './support/breaking.js'
import { BROKEN_MAPS } from './support/broken-maps.js'
import { mapStore } from './support/map-store.js'

const honest = { name: 'map', open: () => mapStore() }

function subjectOf(name: string) {
  const broken = BROKEN_MAPS[name]
  if (broken === undefined) throw new Error(`there is no map that ${name}`)
  return { name, open: () => brokenMap(broken) }
}

describe('replaying', { timeout: 60_000 }, () => {
  test.each([
    ['lower-cases keys', 'K2'],
    ['clears by pattern', 'S5'],
    ['compares versions by time', 'C3'],
    ['keeps the first lifetime', 'T2'],
    ['scans what was rewritten again', 'S1'],
  ] as const)('the seed and the path of a map that %s lead to the same failure of %s', async (name, law) => {
    const first = await checkStore(subjectOf(name), { seed: 5, runs: 30 })
    const found = first.laws.find((one) => one.law === law)?.failure
    expect(found).toBeDefined()
    const again = await checkStore(subjectOf(name), { seed: 5, laws: [law], path: found?.path })
    expect(again.laws[0]?.failure).toEqual(found)
    expect(again.trials).toBeLessThan(20)
  })

  test('what only calls at random find is found again too', async () => {
    const verbs: string[] = []
    const open = (): Store => {
      const store = mapStore()
      verbs.length = 0
      return {
        ...store,
        write: (changes, call) => {
          const isLost = verbs.slice(-2).join() === 'clear,scan'
          verbs.push('write')
          return isLost ? changes.map(() => true) : store.write(changes, call)
        },
        scan: (prefix, call) => {
          verbs.push('scan')
          return store.scan(prefix, call)
        },
        clear: (prefix, call) => {
          verbs.push('clear')
          return store.clear(prefix, call)
        },
        read: (keys, call) => store.read(keys, call),
      }
    }
    const subject = { name: 'forgets after a clear and a scan', open }
    const first = await checkStore(subject, { seed: 11 })
    const broken = first.laws.filter(({ status }) => status === 'broken')
    expect(broken.map(({ law }) => law)).toEqual(['O2'])
    const found = broken[0]?.failure
    expect(found?.path).toMatch(/^model\.1:/)
    const again = await checkStore(subject, { seed: 11, laws: ['O2'], path: found?.path })
    expect(again.laws[0]?.failure).toEqual(found)
  })

  test('the same seed gives the same report', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => checkStore(subjectOf('loses marks'), { seed: 9, laws: ['V1'] })),
    )
    expect(one?.laws[0]?.failure).toEqual(two?.laws[0]?.failure)
  })
})

describe('deviations', () => {
  const deviation = { law: 'C6', reason: 'the backend does not say', link: 'https://example.org/1' } as const

  test('a law that is broken as declared passes the run, and is told', async () => {
    const subject = { ...subjectOf('answers true to every removal'), deviations: [deviation] }
    const report = await checkStore(subject, { laws: ['C6'], seed: 1 })
    expect(report.passed).toBe(true)
    expect(report.laws).toMatchObject([
      { law: 'C6', status: 'deviates', reason: 'the backend does not say (https://example.org/1)' },
    ])
  })

  test('a law that is declared broken and holds fails the run', async () => {
    const report = await checkStore({ ...honest, deviations: [deviation] }, { laws: ['C6'], seed: 1 })
    expect(report.passed).toBe(false)
    expect(report.laws).toMatchObject([{ law: 'C6', status: 'outdated' }])
  })
})

describe('nothing passes that was not tried', () => {
  const laws = ['K1', 'P1', 'C1'] as const

  test.each([
    [
      'throws when it opens',
      () => {
        throw new Error('no such server')
      },
      'R1',
    ],
    ['opens nothing', () => undefined as unknown as Store, 'R1'],
    ['has no verb', () => ({ ...mapStore(), clear: undefined }) as unknown as Store, 'R1'],
    ['speaks another contract', () => ({ ...mapStore(), contract: 2 }) as unknown as Store, 'R1'],
    ['has no traits', () => ({ ...mapStore(), traits: undefined }) as unknown as Store, 'R1'],
    ['streams without saying so', () => ({ ...mapStore(), streams: {} }) as unknown as Store, 'R1'],
    ['never answers', () => ({ ...mapStore(), read: () => new Promise<never>(() => undefined) }), 'P1'],
  ] as const)('a store that %s breaks a law and is judged by no other', async (name, open, law) => {
    const report = await checkStore({ name, open }, { laws: [...laws, 'R1'], seed: 1, patienceMs: 50 })
    expect(report.laws.map(({ status }) => status)).toEqual(
      report.laws.map((one) => (one.law === law ? 'broken' : 'notJudged')),
    )
    expect(report.passed).toBe(false)
  })

  test('a store that hangs now and then is told with the call that hung', async () => {
    const open = (): Store => {
      const store = mapStore()
      const read: Store['read'] = (keys, call) =>
        keys.length > 1 ? new Promise<never>(() => undefined) : store.read(keys, call)
      return { ...store, traits: { ...store.traits, sync: 'none' }, read }
    }
    const report = await checkStore({ name: 'hangs', open }, { laws: ['B1'], seed: 1, runs: 3, patienceMs: 100 })
    expect(report.laws[0]?.failure?.got).toMatch(/^no answer to store\.read\(/)
  })
})

test("a subject's own values are stored, and compared by its own rule", async () => {
  const arbitrary = fc.uint8Array({ minLength: 4, maxLength: 4 })
  let compared = 0
  const equal = (a: unknown, b: unknown): boolean => {
    compared += 1
    return a instanceof Uint8Array && b instanceof Uint8Array && a.length === 4 && a.every((byte, at) => byte === b[at])
  }
  const options = { laws: ['V1', 'V3', 'V4', 'P1', 'B2', 'R3'], seed: 1, runs: 5 } as const
  const { laws } = await checkStore({ ...honest, values: { arbitrary, equal } }, options)
  const inapplicable = laws.filter(({ status }) => status === 'notApplicable').map(({ law }) => law)
  expect(inapplicable).toEqual(['V3', 'V4'])
  expect(laws.filter(({ status }) => status === 'passed')).toHaveLength(4)
  expect(compared).toBeGreaterThan(5)
})

test('what is no subject is refused', () => {
  const nothing: object = { name: 'nothing' }
  expect(() => checkAny(nothing as never)).toThrow('expected a subject with open')
})

describe('options', () => {
  test.each([
    [{ runs: 0 }, 'runs: expected a positive integer, got 0'],
    [{ seed: 0.5 }, 'seed: expected an integer, got 0.5'],
    [{ patienceMs: -1 }, 'patienceMs: expected a positive number, got -1'],
    [{ path: '1.1' }, 'path: expected one law beside it'],
    [{ laws: ['K9'] as never }, 'laws: expected some of K1 K2'],
    [Object.fromEntries([['run', 5]]), 'no option "run": did you mean "runs"?'],
  ])('%o are refused', async (options, message) => {
    await expect(checkStore(honest, options)).rejects.toThrow(message)
  })

  test.each([
    [{ ...honest, name: '' }, 'subject.name'],
    [{ ...honest, open: undefined as never }, 'subject.open: expected a function that opens a store, got undefined'],
    [{ ...honest, capacity: 0 }, 'subject.capacity'],
    [{ ...honest, deviations: [{ law: 'C6', reason: '', link: '' }] as const }, 'expected a reason and a link for C6'],
    [{ ...honest, deviations: [{ law: 'Z1', reason: 'a', link: 'b' }] as never }, 'got "Z1"'],
  ])('a wrong subject is refused: %#', async (subject, message) => {
    await expect(checkStore(subject)).rejects.toThrow(message)
  })
})
