import { type Change, compareVersions, type Found } from '@cachette/core'
import { relatedKeys } from '../arbitraries.js'
import { type Check, type CheckContext, checksOf, type Trial } from '../check.js'
import { always, broken, expectNothing, readOne, under, writeAll, writeOne } from '../expect.js'
import { messageOf } from '../failure.js'
import { brief } from '../format.js'
import { isSameWrite } from '../overlap.js'
import { numbered } from '../scanned.js'
import { sweep } from '../sweep.js'

export const K2: readonly Check[] = checksOf(
  'K2',
  {
    title: 'similar keys hold an entry each',
    applies: always,
    run: async (context) => {
      await sweep(context, onceForAll, (trial, keys) => holdTheirOwn(context, trial, keys))
      await context.property(relatedKeys(2), (keys, trial) => holdTheirOwn(context, trial, keys))
    },
  },
  {
    title: 'removing a key leaves those that are similar',
    applies: ({ traits }) => traits.evicts !== 'any' || 'it may evict whatever it holds',
    run: async (context) => {
      await sweep(context, onceForAll, leaveTheOthers)
      await context.property(relatedKeys(2, 3), (keys, trial) => leaveTheOthers(trial, keys), { share: 0.5 })
    },
  },
  {
    title: 'thousands of keys hold an entry each',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const puts = numbered('key-', MANY).map((key) => trial.put(key))
        const line = `for (let i = 0; i < ${MANY}; i++) await store.write([put(\`key-\${i}\`)], call())`
        await trial.quietly(line, () =>
          eachBatch(puts, async (batch) => void (await under('P1', () => writeAll(trial, batch)))),
        )
        await trial.quietly('// every key is read', () =>
          eachBatch(puts, async (batch) => {
            for (const put of batch) await expectNoOther(trial, put, puts)
          }),
        )
      }),
  },
)

/** More than have room in a hash of 16 bits without meeting. */
const MANY = 3_000
const BATCH = 100

async function eachBatch<T>(all: readonly T[], work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += BATCH) await work(all.slice(from, from + BATCH))
}

/** What is not there at all is for P1. */
async function expectNoOther(trial: Trial, put: Change<unknown>, puts: readonly Change<unknown>[]): Promise<void> {
  const found = await readOne(trial, put.key)
  if (found === undefined || isSameWrite(found, put)) return
  const maker = puts.find((one) => isSameWrite(found, one))
  if (maker !== undefined) broken(`key ${brief(put.key)} to give its own entry`, `that of key ${brief(maker.key)}`)
}

const onceForAll = (): readonly undefined[] => [undefined]

async function holdTheirOwn({ traits }: CheckContext, trial: Trial, keys: readonly string[]): Promise<void> {
  const lost = await lostOf(trial, keys)
  if (lost === undefined || traits.evicts === 'any') return
  // What is lost is lost to another key only if that happens again.
  await trial.restart()
  const law = (await lostOf(trial, keys)) === undefined ? 'P1' : 'K2'
  broken(`key ${brief(lost)} to give what was written`, 'nothing', law)
}

/** The first key that gives nothing, of those that were written. */
async function lostOf(trial: Trial, keys: readonly string[]): Promise<string | undefined> {
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
    if (found === undefined) return put.key
    const maker = puts.find(({ version }) => compareVersions(version, found.version) === 0)
    if (maker !== put) broken(`key ${brief(put.key)} to give its own entry`, `that of key ${brief(maker?.key)}`)
  }
  return undefined
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
