import { type Check, checksOf, type Trial } from '../check.js'
import { always, collect, expectCode, expectEqual, writeOne } from '../expect.js'

export const L1: readonly Check[] = checksOf(
  'L1',
  {
    title: 'closing again, at once or later, does nothing',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        await Promise.all([trial.store.close(), trial.store.close()])
        await trial.store.close()
      }),
  },
  {
    title: 'the store itself is closed twice without harm',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        await trial.raw.close()
        await trial.raw.close()
      }),
  },
  {
    title: 'every verb of a closed store fails with CLOSED',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        await writeOne(trial, trial.put('a'))
        await trial.store.close()
        for (const [verb, work] of verbs(trial)) {
          if (verb !== 'scan' || context.traits.scan !== 'none') await expectCode('CLOSED', `${verb} after close`, work)
        }
      }),
  },
  {
    title: 'what was called before the close is done before it',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const written = trial.store.write([trial.put('a'), trial.put('b')], trial.call())
        const read = trial.store.read(['a', 'c'], trial.call())
        const closed = trial.store.close()
        expectEqual(await written, [true, true], 'the answers to a write that was called before the close')
        expectEqual((await read).length, 2, 'the number of answers to a read that was called before the close')
        await closed
      }),
  },
)

function verbs(trial: Trial): [string, () => unknown][] {
  const { store } = trial
  return [
    ['read', () => store.read(['a'], trial.call())],
    ['write', () => store.write([trial.put('a')], trial.call())],
    ['clear', () => store.clear('', trial.call())],
    ['scan', () => collect(store.scan('', trial.call()))],
  ]
}
