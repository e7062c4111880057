import type { Condition } from '@cachette/core'
import { type Check, checksOf } from '../check.js'
import { always, broken, collect, expectCode, expectWrite, readOne, writeAll, writeOne } from '../expect.js'

export const R2: readonly Check[] = checksOf(
  'R2',
  {
    title: 'a scan that is not declared is refused',
    applies: ({ traits }) => traits.scan === 'none' || 'it declares scans',
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        await expectCode('UNSUPPORTED', 'a scan', () => collect(trial.store.scan('', trial.call())))
      }),
  },
  {
    title: 'a condition that is not declared is refused, and changes nothing of its batch',
    applies: ({ traits }) => traits.conditional === 'none' || 'it declares conditions',
    run: async (context) => {
      for (const name of ['absent', 'present', 'vacant', 'version'] as const) {
        await context.example(async (trial) => {
          const before = trial.put('a')
          await writeOne(trial, before)
          const when: Condition = name === 'version' ? { version: before.version } : name
          const batch = [trial.put('a'), trial.remove('a', { when }), trial.put('a', { when })]
          await expectCode('UNSUPPORTED', `a batch with the condition '${name}'`, () => writeAll(trial, batch))
          expectWrite(await readOne(trial, 'a'), before, "key 'a', whose batch was refused,")
        })
      }
    },
  },
  {
    title: 'streams that are not declared are not there',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        if (trial.store.streams !== undefined && !context.traits.streams) {
          broken('no verbs for streams, which are not declared', 'streams')
        }
      }),
  },
)
