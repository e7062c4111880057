import { CacheError, type Page } from '@cachette/core'
import type { Check, Facts } from '../check.js'
import { broken, collect, under, writeAll } from '../expect.js'
import { throughLayers } from '../layered.js'
import { settled } from '../ready.js'
import { numbered } from '../scanned.js'
import { Spy } from '../spy.js'

/** More than a layer that divides batches passes on in one. */
const COUNT = 300

const applies = (facts: Facts): true | string => {
  if (throughLayers(facts) !== true) return throughLayers(facts)
  if (!facts.traits.atomicBatch) return 'its batches are not declared to be atomic'
  return facts.traits.scan !== 'none' || 'it cannot list its keys'
}

/** A layer that divides a batch must not say that batches are atomic. */
export const B4_THROUGH_LAYERS: readonly Check[] = [
  {
    law: 'B4',
    title: 'when the store below fails at the end of a large batch, nothing of it is there',
    applies,
    run: (context) =>
      context.property(
        Spy.each,
        async (spy, trial) => {
          const puts = numbered('key-', COUNT).map((key) => trial.put(key))
          let passed = 0
          spy.meets = (seen) => {
            if (seen.verb !== 'write') return
            passed += seen.changes.length
            if (passed >= COUNT) throw new CacheError('FULL', 'an injected failure')
          }
          const outcome = await trial.quietly(
            `// a batch of ${COUNT} is written, and its last change fails below`,
            () => settled(() => writeAll(trial, puts)),
          )
          spy.meets = undefined
          if ('value' in outcome) return
          const left: Page<unknown> = await under('S1', () => collect(trial.store.scan('', trial.call())))
          if (left.length > 0) broken('nothing of a batch that failed', `${left.length} of ${COUNT}`)
        },
        { wrap: (store, spy) => spy.on(store), share: 0.01 },
      ),
  },
]
