import { LAWS, type LawId } from '@cachette/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type Hunted, hunt } from '../src/mutants/hunt.js'
import { MUTANTS } from '../src/mutants/index.js'

/** The same each time: a law that finds its mutants only now and then is found by the long run, with other seeds. */
const OPTIONS = { runs: 100, seed: 1, patienceMs: 500 }

const ALL_LAWS = Object.keys(LAWS) as LawId[]

const hunted: Hunted[] = []

describe('mutants', { timeout: 60_000 }, () => {
  it.each(MUTANTS.map((mutant) => [mutant.law, mutant.name, mutant] as const))('%s finds %s', async (_, __, mutant) => {
    const result = await hunt(mutant, OPTIONS)
    hunted.push(result)
    const others = result.killedBy.length === 0 ? 'no law at all' : result.killedBy.join(', ')
    expect(result.killed, `${mutant.models} ${mutant.law} does not find it, but ${others}`).toBe(true)
  })

  it.each(ALL_LAWS)('%s has a mutant', (law) => {
    expect(MUTANTS.filter((mutant) => mutant.law === law).map(({ name }) => name)).not.toEqual([])
  })

  it('have names of their own, and say what they do wrong', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    for (const { models } of MUTANTS) expect(models).toMatch(/^[A-Z].*\.$/s)
  })

  afterAll(() => {
    const rows = ALL_LAWS.map((law) => {
      const own = hunted.filter(({ mutant }) => mutant.law === law)
      return `${law}  ${own.filter(({ killed }) => killed).length} of ${own.length}  ${own.map(({ mutant }) => mutant.name).join(', ')}`
    })
    console.info(['Mutants killed, by law:', ...rows].join('\n'))
  })
})
