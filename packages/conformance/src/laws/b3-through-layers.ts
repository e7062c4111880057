import { CacheError, isCacheError, type KeyOutcome } from '@cachette/core'
import type { Check } from '../check.js'
import { broken, expectEqual } from '../expect.js'
import { brief } from '../format.js'
import { throughLayers } from '../layered.js'
import { settled } from '../ready.js'
import { type Seen, Spy } from '../spy.js'

const KEYS = ['a', 'b', 'c']

/** A layer that joins, splits or renames may not lose what the store below says of each key. */
export const B3_THROUGH_LAYERS: readonly Check[] = [
  {
    law: 'B3',
    title: 'a failure of a part keeps the outcome of each key on its way through the layers',
    applies: throughLayers,
    run: (context) =>
      context.property(
        Spy.each,
        async (spy, trial) => {
          spy.meets = (seen) => {
            if (seen.verb === 'write') throw partial(seen)
          }
          const batch = KEYS.map((key) => trial.put(key))
          const outcome = await settled(() => trial.store.write(batch, trial.call()))
          if (!('error' in outcome)) broken('the failure of a part of a batch', `the answer ${brief(outcome.value)}`)
          const outcomes = isCacheError(outcome.error) ? outcome.error.outcomes : undefined
          if (outcomes === undefined) broken('an error with the outcome of each key', 'one without')
          expectEqual(outcomes.map(({ key }) => key).sort(), KEYS, 'the keys that the error speaks of')
          if (!outcomes.some((each) => 'error' in each)) broken('the failure of some key', 'none')
        },
        { wrap: (store, spy) => spy.on(store), share: 0.02 },
      ),
  },
]

/** Of each batch that arrives, the last key fails and the others were written. */
function partial(seen: Seen): CacheError {
  const error = new CacheError('FULL', 'an injected failure')
  const keys = seen.verb === 'write' ? seen.changes.map(({ key }) => key) : []
  const outcomes = keys.map(
    (key, index): KeyOutcome => (index < keys.length - 1 ? { key, value: true } : { key, error }),
  )
  return new CacheError('FULL', 'an injected failure of a part of a batch', { outcome: 'unknown', outcomes })
}
