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

/** One at a time: which keys are taken for one another is for K2 to say. */
async function putAndScan(trial: Trial, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await writeOne(trial, trial.put(key))
    const given = (await scanAll(trial)).map(([one]) => one)
    const strange = given.find((one) => !keys.includes(one))
    if (strange !== undefined) broken(`a scan to give the key ${brief(key)}`, `the key ${brief(strange)}`)
    // A key that is there and is not listed at all is lost by the scan, if that loses any.
    const isLost = given.length === 0 && (await readOne(trial, key)) !== undefined
    if (isLost) broken(`a scan to give the key ${brief(key)}`, 'nothing', (await givesPlainKeys(trial)) ? 'K1' : 'S1')
    if (given.length > 0 && !given.includes(key)) broken(`a scan to give the key ${brief(key)}`, brief(given))
    await writeOne(trial, trial.remove(key))
  }
}

async function givesPlainKeys(trial: Trial): Promise<boolean> {
  await writeOne(trial, trial.put('plain'))
  return (await scanAll(trial)).some(([key]) => key === 'plain')
}
