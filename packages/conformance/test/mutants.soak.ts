import { expect, it } from 'vitest'
import { judge } from '../src/mutants/hunt.js'
import { MUTANTS } from '../src/mutants/index.js'

const OPTIONS = { runs: 100, patienceMs: 1_000 }

/** Every mutant by every law, with a seed of the day: no law may need luck, and each mutant is found by its own. */
it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s', async (_, mutant) => {
  const report = await judge(mutant, OPTIONS)
  const broken = report.laws.filter(({ status }) => status === 'broken').map(({ law }) => law)
  expect(broken, `seed ${report.seed}`).toContain(mutant.law)
})
