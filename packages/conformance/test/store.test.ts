import { describe, expect, test } from 'vitest'
import { checkStore } from '../src/index.js'
import { REFERENCE_TRAITS, ReferenceStore, RemoteReferenceStore } from '../src/reference.js'
import { referenceSubject } from '../src/reference-subject.js'
import type { Report, Status } from '../src/results.js'
import { mapStore } from './support/map-store.js'
import { anyStore, poorStore, smallStore, streamingStore } from './support/other-stores.js'

const SEED = 1_206

const lawsThat = (report: Report, status: Status): string[] =>
  report.laws.filter((law) => law.status === status).map(({ law }) => law)

test('a map in fifty lines keeps every law, and what it does not promise is not passed but said', {
  timeout: 60_000,
}, async () => {
  const report = await checkStore({ name: 'map', open: () => mapStore() }, { seed: SEED, runs: 40 })
  expect(lawsThat(report, 'broken')).toEqual([])
  expect(report.passed).toBe(true)
  expect(lawsThat(report, 'notApplicable')).toEqual(['B3', 'S4', 'L2', 'L3', 'F1', 'F2', 'F3', 'F5'])
  for (const { status, reason, trials } of report.laws) {
    if (status === 'notApplicable') expect(reason).toMatch(/\w/)
    else expect(trials).toBeGreaterThan(0)
  }
})

test.each([
  ['a store on a disk', ReferenceStore],
  ['a store on a server', RemoteReferenceStore],
])('with every hook, every law is tried on %s, and kept', { timeout: 120_000 }, async (name, Made) => {
  const report = await checkStore(referenceSubject(name, Made), { seed: SEED, runs: 25 })
  expect(lawsThat(report, 'broken')).toEqual([])
  expect(lawsThat(report, 'notApplicable')).toEqual(Made === ReferenceStore ? [] : ['R3'])
})

describe('a store is held to what it declares, and to no more', () => {
  const options = { seed: SEED, runs: 15 }

  test('neither scans nor conditions', { timeout: 60_000 }, async () => {
    const report = await checkStore({ name: 'poor', open: () => poorStore() }, options)
    expect(lawsThat(report, 'broken')).toEqual([])
    const without = ['P1', 'C1', 'C2', 'C3', 'C5', 'S1', 'S2', 'S3', 'S4']
    expect(lawsThat(report, 'notApplicable')).toEqual(expect.arrayContaining(without))
    expect(lawsThat(report, 'passed')).toEqual(expect.arrayContaining(['K1', 'C4', 'C6', 'S5', 'R2']))
  })

  test('room for as many entries as it says', { timeout: 60_000 }, async () => {
    const report = await checkStore({ name: 'small', open: () => smallStore(150), capacity: 150 }, options)
    expect(lawsThat(report, 'broken')).toEqual([])
    const less = await checkStore({ name: 'small', open: () => smallStore(120), capacity: 150 }, options)
    expect(lawsThat(less, 'broken')).toEqual(['P1'])
  })

  test.each([true, false])('values of any kind, isolated: %s', { timeout: 60_000 }, async (isolated) => {
    const report = await checkStore({ name: 'any', open: () => anyStore({ isolated }) }, options)
    expect(lawsThat(report, 'broken')).toEqual([])
    const lies = () => ({ ...anyStore(), traits: { ...anyStore().traits, isolated: true } })
    const liar = await checkStore({ name: 'lies', open: lies }, { ...options, laws: ['V3'] })
    expect(lawsThat(liar, 'broken')).toEqual(['V3'])
  })

  test('faults that its author can make', async () => {
    const laws = ['F1', 'F2', 'R3', 'V4', 'B2'] as const
    const endless = class extends ReferenceStore {
      override readonly traits = { ...REFERENCE_TRAITS, maxValueBytes: 1e12 }
    }
    const subject = { ...referenceSubject('slow', endless), faults: ['slow'] as const }
    const report = await checkStore(subject, { ...options, laws })
    expect(lawsThat(report, 'broken')).toEqual([])
    expect(lawsThat(report, 'notApplicable')).toEqual(['V4'])
    const skipped = report.laws.flatMap(({ notTried }) => notTried.map(({ reason }) => reason))
    expect(skipped).toContain("the subject does not know the fault 'refuse'")
    expect(skipped).toContain('its limit is larger than the kit tries')
  })

  test('streams', async () => {
    const laws = ['R1', 'R2'] as const
    const whole = await checkStore({ name: 'streaming', open: () => streamingStore() }, { ...options, laws })
    expect(lawsThat(whole, 'passed')).toEqual(laws)
    const torn = await checkStore(
      { name: 'torn', open: () => streamingStore({ keepsTorn: true }) },
      { ...options, laws },
    )
    expect(lawsThat(torn, 'broken')).toEqual(['R1'])
    expect(torn.laws[0]?.failure?.title).toBe('a stream that fails stores nothing')
  })
})
