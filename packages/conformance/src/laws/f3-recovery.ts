import { type Check, checksOf, type Trial } from '../check.js'
import { broken, expectWrite, readOne, writeOne } from '../expect.js'
import { messageOf } from '../failure.js'
import { BUDGET_MS, budget, inTime, pause, underEachFault, whenItBreaks } from '../faulty.js'

/** How often a store may fail after its backend is back, while it connects anew. */
const ATTEMPTS = 25

export const F3: readonly Check[] = checksOf(
  'F3',
  underEachFault('the store that failed works again, and holds what it held', whenItBreaks, async (trial, outage) => {
    const put = trial.put('a')
    await writeOne(trial, put)
    await outage.begin()
    await inTime(trial, 'read', () => trial.store.read(['a'], trial.call(budget(trial))))
    await inTime(trial, 'read', () => trial.store.read(['b'], trial.call(budget(trial))))
    await outage.end()
    await untilItWorks(trial)
    expectWrite(await readOne(trial, 'a'), put, "key 'a', written before the backend failed,")
    const again = trial.put('a')
    await writeOne(trial, again)
    expectWrite(await readOne(trial, 'a'), again, "key 'a', written after the backend was back,")
  }),
)

async function untilItWorks(trial: Trial): Promise<void> {
  let failure: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const outcome = await inTime(trial, 'read', () => trial.store.read(['a'], trial.call(budget(trial))))
    if ('value' in outcome) return
    failure = outcome.error
    trial.clock.advance(BUDGET_MS)
    await pause()
  }
  broken('a store whose backend is back to work again', `after ${ATTEMPTS} attempts still ${messageOf(failure)}`)
}
