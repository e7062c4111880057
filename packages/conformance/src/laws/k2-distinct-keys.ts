import { compareVersions } from '@cachette/core'
import { relatedKeys } from '../arbitraries.js'
import type { Check } from '../check.js'
import { always, broken, expectNothing, readOne, under, writeOne } from '../expect.js'
import { brief } from '../format.js'

export const K2: readonly Check[] = [
  {
    law: 'K2',
    title: 'similar keys hold an entry each',
    applies: always,
    run: (context) =>
      context.property(relatedKeys(2), async ([unused = '', ...keys], trial) => {
        const puts = keys.map((key) => trial.put(key))
        for (const put of puts) await under('K1', () => writeOne(trial, put))
        expectNothing(await readOne(trial, unused), `key ${brief(unused)}, which was never written,`)
        for (const put of puts) {
          const found = await readOne(trial, put.key)
          if (found === undefined) broken(`key ${brief(put.key)} to give what was written`, 'nothing')
          const other = puts.find(({ version }) => compareVersions(version, found.version) === 0)
          if (other !== put) broken(`key ${brief(put.key)} to give its own entry`, `that of ${brief(other?.key)}`)
        }
      }),
  },
  {
    law: 'K2',
    title: 'removing one of two similar keys leaves the other',
    applies: always,
    run: (context) =>
      context.property(relatedKeys(2, 2), async ([removed = '', kept = ''], trial) => {
        for (const key of [removed, kept]) await under('K1', () => writeOne(trial, trial.put(key)))
        await writeOne(trial, trial.remove(removed))
        if ((await readOne(trial, kept)) === undefined) {
          broken(`key ${brief(kept)} to stay where only ${brief(removed)} was removed`, 'nothing')
        }
      }),
  },
]
