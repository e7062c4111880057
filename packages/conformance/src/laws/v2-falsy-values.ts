import { isDeepStrictEqual } from 'node:util'
import { type Check, checksOf, type Facts } from '../check.js'
import { always, broken, expectAnswer, expectWrite, readOne, scanAll, writeOne } from '../expect.js'
import { brief } from '../format.js'

const FALSY = [null, false, 0, -0, Number.NaN, '', 0n]

const falsyValues = ({ subject, traits }: Facts): readonly unknown[] => {
  if (subject.values !== undefined) return []
  return traits.values === 'bytes' ? [new Uint8Array()] : [...FALSY, new Uint8Array()]
}

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
          expectAnswer(await writeOne(trial, again), true, `'present' over the value ${brief(value)}`)
        }
        expectAnswer(await writeOne(trial, trial.remove('a')), true, `removing the value ${brief(value)}`)
      })
    }
  },
})
