import { compareVersions, isCacheError } from '@cachette/core'
import { type Check, checksOf } from '../check.js'
import { broken, expectEqual, readOne, writeAll } from '../expect.js'
import { budget, inTime, underEachFault, whenItBreaks } from '../faulty.js'
import { brief } from '../format.js'

const KEYS = ['a', 'b', 'c']

export const B3: readonly Check[] = checksOf(
  'B3',
  underEachFault('what a failed batch says of each key is so', whenItBreaks, async (trial, outage) => {
    const before = KEYS.map((key) => trial.put(key))
    await writeAll(trial, before)
    await outage.begin()
    const batch = KEYS.map((key) => trial.put(key))
    const outcome = await inTime(trial, 'write', () => trial.store.write(batch, trial.call(budget(trial))))
    await outage.end()
    if ('value' in outcome || !isCacheError(outcome.error)) return
    const { outcomes, outcome: doubt } = outcome.error
    if (outcomes !== undefined) {
      expectEqual(outcomes.map(({ key }) => key).sort(), KEYS, 'the keys that the error speaks of')
    }
    for (const [index, put] of batch.entries()) {
      const one = outcomes?.find(({ key }) => key === put.key)
      const found = await readOne(trial, put.key)
      const isDone = found !== undefined && compareVersions(found.version, put.version) === 0
      const isAsBefore =
        found !== undefined && compareVersions(found.version, before[index]?.version ?? put.version) === 0
      const isSaidDone = one !== undefined && 'value' in one
      const isInDoubt = one !== undefined && 'error' in one ? one.error.outcome === 'unknown' : doubt === 'unknown'
      const key = `key ${brief(put.key)}`
      if (isSaidDone && !isDone) broken(`${key}, whose write is said to be done, to hold it`, 'something else')
      if (!isSaidDone && !isInDoubt && !isAsBefore)
        broken(`${key}, whose write is said to have had no effect, to be as before`, 'something else')
    }
  }),
)
