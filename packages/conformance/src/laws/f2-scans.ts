import { type Check, checksOf } from '../check.js'
import { broken } from '../expect.js'
import { budget, inTime, underEachFault, whenItBreaks } from '../faulty.js'
import { numbered, putMany } from '../scanned.js'

/** Enough for several pages. */
const COUNT = 600

/** After so many pages the backend is back, since a slow one is failing enough by then. */
const BROKEN_PAGES = 3

export const F2_SCANS: readonly Check[] = checksOf(
  'F2',
  underEachFault(
    'a scan whose backend fails after the first page does not end as if that were all',
    (facts) => {
      if (facts.traits.scan === 'none') return 'it cannot list its keys'
      return facts.traits.evicts === 'no' ? whenItBreaks(facts) : 'it may evict what was there'
    },
    async (trial, outage) => {
      const keys = numbered('key-', COUNT)
      await trial.quietly(`// ${COUNT} keys are written`, () => putMany(trial, keys))
      const pages = trial.store.scan('', trial.call(budget(trial)))[Symbol.asyncIterator]()
      let given = 0
      for (let page = 0; ; page += 1) {
        if (page === 1) await outage.begin()
        if (page === 1 + BROKEN_PAGES) await outage.end()
        const outcome = await inTime(trial, 'a page', () => pages.next())
        if ('error' in outcome) return
        if (outcome.value.done === true) break
        given += outcome.value.value.length
      }
      if (given < COUNT) broken(`a scan to fail (${outage.fault}) or give all ${COUNT} keys`, `${given} of them`)
    },
  ),
)
