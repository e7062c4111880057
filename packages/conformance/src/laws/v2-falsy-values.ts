import { isDeepStrictEqual } from 'node:util'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, broken, expectAnswer, expectWrite, readOne, scanAll, writeOne } from '../expect.js'
import { brief } from '../format.js'
import { falsyValues } from '../values.js'

export const V2: readonly Check[] = checksOf('V2', {
  title: 'empty and falsy values are read, scanned, seen by conditions and removed',
  applies: ({ subject }) => (subject.values === undefined ? always() : 'the subject gives its own values'),
  run: async (context) => {
    for (const value of falsyValues(context)) {
      await context.example(async (trial) => {
        const put = trial.put('a', { value })
        await writeOne(trial, put)
        const found = await readOne(trial, 'a')
        expectWrite(found, put, `key 'a', whose value is ${brief(value)},`)
        if (!isDeepStrictEqual(found?.value, value)) broken(`the value ${brief(value)}`, brief(found?.value))
        if (context.traits.scan !== 'none') {
          const [pair] = await scanAll(trial)
          expectWrite(pair?.[1], put, `a scan over key 'a', whose value is ${brief(value)},`)
        }
        if (context.traits.conditional !== 'none') {
          const again = trial.put('a', { value, when: 'present' })
          const law = (await judges(trial)) ? 'V2' : 'C1'
          expectAnswer(await writeOne(trial, again), true, `'present' over the value ${brief(value)}`, law)
        }
        const law = (await removes(trial)) ? 'V2' : 'C6'
        expectAnswer(await writeOne(trial, trial.remove('a')), true, `removing the value ${brief(value)}`, law)
      })
    }
  },
})

/** Whether it answers as it should over a value that is not falsy: where it does not, that is no matter of values. */
async function judges(trial: Trial): Promise<boolean> {
  await writeOne(trial, trial.put('b'))
  return writeOne(trial, trial.put('b', { when: 'present' }))
}

async function removes(trial: Trial): Promise<boolean> {
  await writeOne(trial, trial.put('b'))
  return writeOne(trial, trial.remove('b'))
}
