import { type Change, compareVersions, type Found } from '@cachette/core'
import { relatedKeys } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, broken, expectNothing, readOne, under, writeOne } from '../expect.js'
import { messageOf } from '../failure.js'
import { brief } from '../format.js'
import { sweep } from '../sweep.js'

export const K2: readonly Check[] = checksOf(
  'K2',
  {
    title: 'similar keys hold an entry each',
    applies: always,
    run: async (context) => {
      await sweep(context, onceForAll, holdTheirOwn)
      await context.property(relatedKeys(2), (keys, trial) => holdTheirOwn(trial, keys))
    },
  },
  {
    title: 'removing a key leaves those that are similar',
    applies: always,
    run: async (context) => {
      await sweep(context, onceForAll, leaveTheOthers)
      await context.property(relatedKeys(2, 3), (keys, trial) => leaveTheOthers(trial, keys), { share: 0.5 })
    },
  },
)

const onceForAll = (): readonly undefined[] => [undefined]

async function holdTheirOwn(trial: Trial, keys: readonly string[]): Promise<void> {
  const puts: Change<unknown>[] = []
  // How nothing is answered at all is for another law.
  await readOne(trial, 'never written')
  for (const key of keys) {
    await expectNeverWritten(trial, key)
    const put = trial.put(key)
    await under('K1', () => writeOne(trial, put))
    puts.push(put)
  }
  for (const put of puts) {
    const found = await readOne(trial, put.key)
    if (found === undefined) return broken(`key ${brief(put.key)} to give what was written`, 'nothing')
    const maker = puts.find(({ version }) => compareVersions(version, found.version) === 0)
    if (maker !== put) broken(`key ${brief(put.key)} to give its own entry`, `that of key ${brief(maker?.key)}`)
  }
}

/** Not even what is no entry: a property that every object has, say. */
async function expectNeverWritten(trial: Trial, key: string): Promise<void> {
  const what = `key ${brief(key)}, which was never written,`
  let found: Found<unknown> | undefined
  try {
    found = await readOne(trial, key)
  } catch (error) {
    broken(`${what} to give nothing`, messageOf(error))
  }
  expectNothing(found, what)
}

async function leaveTheOthers(trial: Trial, keys: readonly string[]): Promise<void> {
  for (const key of keys) await under('K1', () => writeOne(trial, trial.put(key)))
  for (const [index, key] of keys.entries()) {
    await writeOne(trial, trial.remove(key))
    for (const other of keys.slice(index + 1)) {
      const what = `key ${brief(other)} to stay where only ${brief(key)} was removed`
      if ((await readOne(trial, other)) === undefined) broken(what, 'nothing')
    }
  }
}
