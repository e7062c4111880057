import * as core from '@cachette/core'
import { describe, expect, test } from 'vitest'
import { checkAny } from '../src/any-subject.js'
import * as kit from '../src/index.js'
import { type AnySubject, codeOf } from '../src/index.js'
import { CODEC_MUTANTS } from '../src/mutants/codecs.js'
import { LAYER_MUTANTS } from '../src/mutants/layers.js'
import type { Report } from '../src/results.js'

/** Runs the code of a report's failure as if it had been pasted; gives what its last line does. */
async function pasted(report: Report, subject: AnySubject): Promise<unknown> {
  const failure = report.laws.find((law) => law.failure !== undefined)?.failure
  if (failure === undefined) throw new Error('nothing is broken')
  const code = codeOf(failure, { opening: report.opening })
  const names = ['subject', ...Object.keys(core), ...Object.keys(kit)]
  const values = [subject, ...Object.values(core), ...Object.values(kit)]
  const imported = code.flatMap((line) => /^import \{ (.*) \} from/.exec(line)?.[1]?.split(', ') ?? [])
  const body = code.filter((line) => !line.startsWith('import '))
  const last = body.findLastIndex((line) => line !== '')
  body[last] = `return ${(body[last] ?? '').replace(/^const \w+ = /, '')}`
  // Only what was imported is there.
  const others = names.filter((name) => !imported.includes(name))
  const run: unknown = new Function(...names, `return (async (${others.join(', ')}) => {${body.join('\n')}\n})()`)
  if (typeof run !== 'function') throw new Error('no function')
  try {
    return (await Reflect.apply(run, undefined, values)) as unknown
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof SyntaxError)
      throw new Error(code.join('\n'), { cause: error })
    return error
  }
}

const OPTIONS = { runs: 60, seed: 1, patienceMs: 500 }

describe('the code of a failure can be pasted', () => {
  test.each(LAYER_MUTANTS.map((mutant) => [mutant.law, mutant.name, mutant.subject] as const))(
    '%s, of the layer %s',
    async (law, _, subject) => {
      const report = await checkAny(subject, { ...OPTIONS, laws: [law] })
      expect(report.opening).toMatchObject({ kind: 'layer' })
      await pasted(report, subject)
    },
  )

  test.each(CODEC_MUTANTS.map((mutant) => [mutant.law, mutant.name, mutant.subject] as const))(
    '%s, of the codec %s',
    async (law, _, subject) => {
      const report = await checkAny(subject, { runs: 60, seed: 1, laws: [law] })
      expect(report.opening).toEqual({ kind: 'codec' })
      await pasted(report, subject)
    },
  )
})
