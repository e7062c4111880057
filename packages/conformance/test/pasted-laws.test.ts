import * as core from '@cachette/core'
import { expect, test } from 'vitest'
import * as kit from '../src/index.js'
import { checkStore, codeOf } from '../src/index.js'
import { MUTANTS } from '../src/mutants/index.js'

/** Laws whose failures are told with more than the calls of a trial. */
const TOLD = ['V3', 'P1', 'S1'] as const

const mutants = MUTANTS.flatMap((mutant) =>
  mutant.kind === 'store' && TOLD.some((law) => law === mutant.law) ? [mutant] : [],
)

test.each(mutants.map((mutant) => [mutant.law, mutant.name, mutant.subject] as const))(
  'what %s says of %s can be run',
  async (law, _, subject) => {
    const { laws } = await checkStore(subject, { runs: 60, seed: 1, patienceMs: 500, laws: [law] })
    const failure = laws.find(({ status }) => status === 'broken')?.failure
    if (failure === undefined) throw new Error('nothing is broken')
    const code = codeOf(failure).filter((line) => !line.startsWith('import '))
    expect(code.filter((line) => line.trim().startsWith('//'))).toEqual([])
    const names = ['subject', 'console', ...Object.keys(core), ...Object.keys(kit)]
    const values = [subject, { log: () => undefined }, ...Object.values(core), ...Object.values(kit)]
    const run: unknown = new Function(...names, `return (async () => {${code.join('\n')}\n})()`)
    if (typeof run !== 'function') throw new Error('no function')
    const ended = await Promise.resolve(Reflect.apply(run, undefined, values)).catch((error: unknown) => error)
    // The store may well refuse what it is asked.
    if (ended instanceof Error && !core.isCacheError(ended)) throw new Error(code.join('\n'), { cause: ended })
  },
)
