import { type Check, checksOf, type Trial } from '../check.js'
import { collect, writeOne } from '../expect.js'
import { budget, expectTyped, inTime, underEachFault, whenItBreaks } from '../faulty.js'

export const F1: readonly Check[] = checksOf(
  'F1',
  underEachFault(
    'every verb settles within its deadline, with an answer or a typed error',
    whenItBreaks,
    async (trial, outage, context) => {
      await writeOne(trial, trial.put('a'))
      await outage.begin()
      for (const [verb, call] of verbs(trial)) {
        if (verb === 'scan' && context.traits.scan === 'none') continue
        expectTyped(await inTime(trial, verb, call), `${verb} while the backend fails (${outage.fault})`)
      }
    },
  ),
  underEachFault('a store whose backend fails can be closed', whenItBreaks, async (trial, outage) => {
    await writeOne(trial, trial.put('a'))
    await outage.begin()
    const closing = inTime(trial, 'close', () => trial.store.close())
    expectTyped(await closing, `close while the backend fails (${outage.fault})`)
  }),
)

function verbs(trial: Trial): [string, () => Promise<unknown>][] {
  const { store } = trial
  return [
    ['read', async () => store.read(['a', 'b'], trial.call(budget(trial)))],
    ['write', async () => store.write([trial.put('a'), trial.remove('b')], trial.call(budget(trial)))],
    ['scan', () => collect(store.scan('', trial.call(budget(trial))))],
    ['clear', async () => store.clear('', trial.call(budget(trial)))],
  ]
}
