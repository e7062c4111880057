import * as core from '@cachette/core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Failure } from '../src/failure.js'
import * as kit from '../src/index.js'
import {
  badgeOf,
  COLOURS,
  checkStore,
  codeOf,
  coloursFor,
  failureText,
  jsonOf,
  NO_COLOURS,
  textOf,
} from '../src/index.js'
import type { Report } from '../src/results.js'
import { titleOf, verdictOf } from '../src/verdict.js'
import { brokenMap } from './support/breaking.js'
import { BROKEN_MAPS } from './support/broken-maps.js'
import { mapStore } from './support/map-store.js'

const broken = BROKEN_MAPS['compares versions without their writer']
if (broken === undefined) throw new Error('that map is gone')

const subject = { name: 'map', open: () => brokenMap(broken) }

let report: Report
let failure: Failure

beforeAll(async () => {
  report = await checkStore(subject, { laws: ['C3', 'C6', 'F5', 'V5'], seed: 42 })
  const found = report.laws.find(({ status }) => status === 'broken')?.failure
  if (found === undefined) throw new Error('nothing is broken')
  failure = found
})

test('a failure reads from the law to the way back to it', () => {
  expect(failureText(failure, 'map')).toBe(`\
✗ C3 The condition version holds exactly where that very version is stored, visible or not.
  map: no other version holds, however much alike

    import { manualClock, shell } from '@cachette/core'
    import { callsOn } from '@cachette/conformance'
    import { subject } from './my-store.js'

    const clock = manualClock(2_000_000_000_000)
    const raw = await subject.open({ clock })
    const store = shell(raw, { clock })
    const { t, call, put } = callsOn(subject, raw, clock)

    await store.write([put('a', { expiresAt: t + 1000, keptUntil: t + 2000 })], call()) // [true]
    await store.write([put('a', { when: { version: { time: t, count: 0, writer: 2 } } })], call()) // [true]

  expected  a put on the same time and count and another writer, over a key that holds a value, to answer false
  got       true
  replay    --law C3 --seed 42 --path ${failure.path}`)
})

test('the code of a failure makes the calls again', async () => {
  const code = codeOf(failure).filter((line) => !line.startsWith('import '))
  const names = ['subject', ...Object.keys(core), ...Object.keys(kit)]
  const values = [subject, ...Object.values(core), ...Object.values(kit)]
  const last = code.findLastIndex((line) => line.startsWith('await '))
  code[last] = `return ${code[last]}`
  const run: unknown = new Function(...names, `return (async () => {${code.join('\n')}\n})()`)
  if (typeof run !== 'function') throw new Error('no function')
  expect(await Reflect.apply(run, undefined, values)).toEqual([true])
})

test('the text of a report has a line for each law, and says why one does not apply', () => {
  const text = textOf(report)
  expect(text).toContain('✓ C6 A removal answers true exactly where it removed something visible.')
  expect(text).toContain('· F5')
  expect(text).toContain('not applicable: the subject has no damage')
  expect(text).toContain('not applicable: a law of codecs: checkCodec')
  expect(text).toContain('Without damage not all was tried of F5.')
  expect(text).toMatch(/1 passed, 1 broken, 2 not applicable · \d+ trials in \d+\.\d s · --runs 100 --seed 42$/)
  expect(text).not.toContain('\u001b')
  expect(textOf(report, { colours: COLOURS })).toContain('\u001b[31m✗ C3\u001b[39m')
})

test('colours are for terminals, and for whoever asks', () => {
  expect(coloursFor({ isTTY: true }, {})).toBe(COLOURS)
  expect(coloursFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(NO_COLOURS)
  expect(coloursFor({ isTTY: true }, { TERM: 'dumb' })).toBe(NO_COLOURS)
  expect(coloursFor({}, {})).toBe(NO_COLOURS)
  expect(coloursFor({}, { FORCE_COLOR: '1' })).toBe(COLOURS)
  expect(coloursFor({ isTTY: true }, { FORCE_COLOR: '0' })).toBe(COLOURS)
})

test('the report is JSON, with what was thrown as its message', () => {
  const cause = new core.CacheError('FULL', 'no room')
  const laws = report.laws.map((law) =>
    law.failure === undefined ? law : { ...law, failure: { ...law.failure, cause } },
  )
  const traits = { ...mapStore().traits, maxValueBytes: Infinity }
  const parsed: unknown = JSON.parse(jsonOf({ ...report, laws, traits }))
  expect(parsed).toMatchObject({ subject: 'map', passed: false, seed: 42, traits: { maxValueBytes: 'Infinity' } })
  const at = laws.findIndex(({ law }) => law === 'C3')
  expect(parsed).toHaveProperty(`laws.${at}.failure.cause`, { message: 'FULL: no room', code: 'FULL' })
})

describe('the badge', () => {
  test.each([
    ['broken', '#c62828', '1 of 2 laws'],
    ['deviates', '#b26a00', '1 of 2 laws'],
    ['passed', '#2e7d32', '2 of 2 laws'],
  ] as const)('tells by its colour where a law is %s', (status, colour, text) => {
    const laws = report.laws.map((law) => (law.law === 'C3' ? { ...law, status } : law))
    const svg = badgeOf({ ...report, laws, passed: status !== 'broken' })
    expect(svg).toContain(colour)
    expect(svg).toContain(`cachette: ${text}`)
  })
})

describe('what a law comes to in a test runner', () => {
  const with_ = (status: Report['laws'][number]['status'], reason?: string): Report => ({
    ...report,
    laws: report.laws.map((law) => ({ ...law, status, reason })),
  })

  test('a broken law throws the whole text', () => {
    expect(() => verdictOf(report, 'C3')).toThrow(/✗ C3.*replay/s)
  })

  test('a deviation that is outdated throws too', () => {
    expect(() => verdictOf(with_('outdated', 'slow (link)'), 'C3')).toThrow(/holds: remove the deviation.*slow/)
  })

  test.each([
    ['deviates', 'broken, as declared: why'],
    ['notJudged', 'not judged: why'],
    ['notApplicable', 'not applicable: why'],
  ] as const)('%s is skipped, and says why', (status, skipped) => {
    expect(verdictOf(with_(status, 'why'), 'C3')).toEqual({ skipped })
  })

  test('a law that was not asked for is skipped', () => {
    expect(verdictOf(report, 'K1')).toEqual({ skipped: 'changed on purpose' })
    expect(verdictOf(report, 'C6')).toBe('passed')
    expect(titleOf('C6')).toBe('C6: A removal answers true exactly where it removed something visible.')
  })
})
