import { describe, expect, test } from 'vitest'
import { checkStore } from '../src/index.js'
import { brokenMap } from './support/breaking.js'
import { BROKEN_MAPS } from './support/broken-maps.js'

const SEED = 77

describe('a broken map is told by the law that it breaks', () => {
  test.each(Object.entries(BROKEN_MAPS))('%s', { timeout: 30_000 }, async (name, broken) => {
    const subject = { name, open: () => brokenMap(broken) }
    const { laws } = await checkStore(subject, { seed: SEED, runs: 20, laws: [broken.law] })
    expect(laws).toMatchObject([{ law: broken.law, status: 'broken' }])
  })
})

/** Where one thing is wrong, one law is broken: what follows from it is not told as well. */
const ALONE = [
  'keeps nothing',
  'evicts the oldest at 100 entries',
  'answers null for what is not there',
  'takes absent for nothing stored',
  'answers true to the removal of what expired',
  'hands its own buffer out',
  'keeps keys as properties',
  'matches prefixes anywhere',
  'clears by pattern',
  'scans one page alone',
  'cannot close with a scan that was left',
  'shows parts of a batch',
  'leaves a promise to fail unheard',
]

describe('a broken map is told by no other law', () => {
  test.each(ALONE)('%s', { timeout: 30_000 }, async (name) => {
    const broken = BROKEN_MAPS[name]
    if (broken === undefined) throw new Error(`there is no map that ${name}`)
    const { laws } = await checkStore({ name, open: () => brokenMap(broken) }, { seed: SEED, runs: 10 })
    expect(laws.filter(({ status }) => status === 'broken').map(({ law }) => law)).toEqual([broken.law])
  })
})
