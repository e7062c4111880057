import { type Change, compareVersions } from '@cachette/core'
import { relatedKeys } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { always, broken, expectNothing, readOne, under, writeOne } from '../expect.js'
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
  for (const key of keys) {
    expectNothing(await readOne(trial, key), `key ${brief(key)}, which was never written,`)
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
