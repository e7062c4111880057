import { describe, expect, it } from 'vitest'
import { checkCache } from '../src/cache.js'
import { ReferenceStore, RemoteReferenceStore } from '../src/reference.js'
import { referenceSubject } from '../src/reference-subject.js'
import { checkStore } from '../src/run.js'

/** A whole suite takes seconds. */
const PATIENCE = { timeout: 60_000 }

const STORES = [
  ['the reference store', ReferenceStore],
  ['the remote reference store', RemoteReferenceStore],
] as const

describe('the reference stores', PATIENCE, () => {
  it.each(STORES)('%s keeps every law, and each is tried', async (name, Made) => {
    const report = await checkStore(referenceSubject(name, Made), { seed: 1 })
    const others = report.laws.filter(({ status }) => status !== 'passed')
    expect(others.map(({ law, failure }) => [law, failure?.got])).toEqual(
      Made === RemoteReferenceStore ? [['R3', undefined]] : [],
    )
  })
})

describe('checkCache', PATIENCE, () => {
  it('finds nothing wrong with createCache, and asks only what is asked of handles', async () => {
    const report = await checkCache(referenceSubject('reference', ReferenceStore), { seed: 1, runs: 30 })
    expect(report.passed).toBe(true)
    expect(report.laws.map(({ law }) => law)).toEqual(expect.arrayContaining(['K3', 'T4', 'V2', 'S5', 'R3']))
    expect(report.laws.map(({ law }) => law)).not.toContain('L3')
  })
})
