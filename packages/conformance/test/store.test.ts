import { expect, test } from 'vitest'
import { checkStore } from '../src/index.js'
import { ReferenceStore, RemoteReferenceStore } from '../src/reference.js'
import { referenceSubject } from '../src/reference-subject.js'
import type { Report, Status } from '../src/results.js'
import { mapStore } from './support/map-store.js'

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
