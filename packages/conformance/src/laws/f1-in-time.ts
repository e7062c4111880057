import { type Check, checksOf, type Trial } from '../check.js'
import { writeOne } from '../expect.js'
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
        expectTyped(await inTime(trial, verb, call), `${verb} while the backend fails (${outage.fault})`)
      }
      if (context.traits.scan !== 'none') await eachPageInTime(trial, `scan while the backend fails (${outage.fault})`)
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
    ['clear', async () => store.clear('', trial.call(budget(trial)))],
  ]
}

/** A scan may go on for as long as it gives pages: each has the deadline anew. */
async function eachPageInTime(trial: Trial, what: string): Promise<void> {
  const pages = trial.store.scan('', trial.call(budget(trial)))[Symbol.asyncIterator]()
  for (;;) {
    const outcome = await inTime(trial, 'a page of a scan', () => pages.next())
    expectTyped(outcome, what)
    if ('error' in outcome || outcome.value.done === true) return
  }
}
