import { type Check, checksOf } from '../check.js'
import { expectWrite, readOne, writeOne } from '../expect.js'
import { budget, inTime, underEachFault, untilItWorks, whenItBreaks } from '../faulty.js'

export const F3: readonly Check[] = checksOf(
  'F3',
  underEachFault('the store that failed works again, and holds what it held', whenItBreaks, async (trial, outage) => {
    const put = trial.put('a')
    await writeOne(trial, put)
    await outage.begin()
    await inTime(trial, 'read', () => trial.store.read(['a'], trial.call(budget(trial))))
    await inTime(trial, 'read', () => trial.store.read(['b'], trial.call(budget(trial))))
    await outage.end()
    await untilItWorks(trial, 'read', () => trial.store.read(['a'], trial.call(budget(trial))))
    expectWrite(await readOne(trial, 'a'), put, "key 'a', written before the backend failed,")
    const again = trial.put('a')
    await writeOne(trial, again)
    expectWrite(await readOne(trial, 'a'), again, "key 'a', written after the backend was back,")
  }),
)
