import { anyKey } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, broken, expectWrite, readOne, scanAll, whenItScans, writeOne } from '../expect.js'
import { brief } from '../format.js'
import { sweep } from '../sweep.js'

export const K1: readonly Check[] = checksOf(
  'K1',
  {
    title: 'an entry is written and read under keys that look like something else',
    applies: always,
    run: (context) =>
      sweep(context, onceForAll, async (trial, keys) => {
        for (const key of keys) await putAndRead(trial, key)
      }),
  },
  {
    title: 'an entry is written and read under any key',
    applies: always,
    run: (context) => context.property(anyKey(), (key, trial) => putAndRead(trial, key)),
  },
  {
    title: 'a scan gives keys as they were written',
    applies: whenItScans,
    run: async (context) => {
      await sweep(context, onceForAll, putAndScan)
      await context.property(anyKey(), (key, trial) => putAndScan(trial, [key]))
    },
  },
)

const onceForAll = (): readonly undefined[] => [undefined]

async function putAndRead(trial: Trial, key: string): Promise<void> {
  const put = trial.put(key)
  await writeOne(trial, put)
  expectWrite(await readOne(trial, key), put, `key ${brief(key)}`)
}

async function putAndScan(trial: Trial, keys: readonly string[]): Promise<void> {
  for (const key of keys) await writeOne(trial, trial.put(key))
  const given = (await scanAll(trial)).map(([key]) => key)
  const strange = given.find((key) => !keys.includes(key))
  if (strange !== undefined) broken(`a scan to give the keys ${brief(keys)}`, `the key ${brief(strange)}`)
  const lost = keys.find((key) => !given.includes(key))
  if (lost !== undefined) broken(`a scan to give the key ${brief(lost)}`, brief(given))
}
