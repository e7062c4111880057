import type { Check } from '../check.js'
import { anyKey, relatedKeys } from '../arbitraries.js'
import { always, broken, expectWrite, readOne, scanAll, whenItScans, writeAll, writeOne } from '../expect.js'
import { brief } from '../format.js'

export const K1: readonly Check[] = [
  {
    law: 'K1',
    title: 'an entry is written and read under any key',
    applies: always,
    run: (context) =>
      context.property(anyKey(), async (key, trial) => {
        const put = trial.put(key)
        await writeOne(trial, put)
        expectWrite(await readOne(trial, key), put, `key ${brief(key)}`)
      }),
  },
  {
    law: 'K1',
    title: 'a scan gives keys as they were written',
    applies: whenItScans,
    run: (context) =>
      context.property(relatedKeys(1), async (keys, trial) => {
        await writeAll(
          trial,
          keys.map((key) => trial.put(key)),
        )
        const given = (await scanAll(trial)).map(([key]) => key)
        const strange = given.find((key) => !keys.includes(key))
        if (strange !== undefined) broken(`a scan to give the keys ${brief(keys)}`, `the key ${brief(strange)}`)
        const lost = keys.find((key) => !given.includes(key))
        if (lost !== undefined) broken(`a scan to give the key ${brief(lost)} among others`, `only ${brief(given)}`)
      }),
  },
]
