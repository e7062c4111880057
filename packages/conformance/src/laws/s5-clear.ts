import { isCacheError, SEPARATOR } from '@cachette/core'
import fc from 'fast-check'
import { relatedKeys, withPrefix } from '../arbitraries.js'
import { type Check, type CheckContext, checksOf, type Trial } from '../check.js'
import { always, broken, expectNothing, expectWrite, putAll, readEach, readOne, writeAll, writeOne } from '../expect.js'
import { brief } from '../format.js'
import { isFair, prefixesOf, sweep } from '../sweep.js'

/** Two namespaces that begin alike, one within another, and what stands beside them. */
const NAMESPACED = ['n', 'm', 'nn']
  .flatMap((name) => [`${name}${SEPARATOR}a`, `${name}${SEPARATOR}m${SEPARATOR}a`])
  .concat('n', 'a')

const BOUNDARIES = [`n${SEPARATOR}`, `n${SEPARATOR}m${SEPARATOR}`, `m${SEPARATOR}`, '']

export const S5: readonly Check[] = checksOf(
  'S5',
  {
    title: 'clearing a namespace leaves its siblings',
    applies: always,
    run: (context) =>
      context.property(
        fc.tuple(fc.shuffledSubarray(NAMESPACED, { minLength: 2 }), fc.constantFrom(...BOUNDARIES)),
        async ([keys, prefix], trial) => {
          if (isFair(context, keys)) await clearsExactly(context, trial, keys, prefix)
        },
        { share: 0.5 },
      ),
  },
  {
    title: 'a clear takes its prefix literally, wherever it ends',
    applies: always,
    run: async (context) => {
      await sweep(context, prefixesOf, (trial, keys, prefix) => clearsExactly(context, trial, keys, prefix))
      await context.property(
        withPrefix(relatedKeys(2, 8)),
        async ({ keys, prefix }, trial) => {
          if (isFair(context, keys)) await clearsExactly(context, trial, keys, prefix)
        },
        { share: 0.5 },
      )
    },
  },
  {
    title: 'a clear also removes what reads do not show',
    applies: always,
    run: async (context) => {
      for (const kind of ['lease', 'tombstone'] as const) {
        await context.example(async (trial) => {
          await writeOne(trial, trial.put('a', { kind }))
          await trial.store.clear('', trial.call())
          expectNothing(await readOne(trial, 'a', { show: 'all' }), `a key that held a ${kind} before it was cleared`)
        })
      }
    },
  },
  {
    title: 'a clear of many removes them all, and what is written after it stays',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const count = context.traits.lives === 'process' ? 12_000 : 1_500
        const keys = Array.from({ length: count }, (_, index) => `n${SEPARATOR}${index}`)
        const beside = trial.put('n')
        await trial.quietly(`// ${keys.length} keys are written`, () =>
          writeAll(trial, [beside, ...keys.map((key) => trial.put(key))]),
        )
        await trial.store.clear(`n${SEPARATOR}`, trial.call())
        const after = trial.put(`n${SEPARATOR}0`)
        await writeOne(trial, after)
        const found = await trial.quietly('// every key is read', () => trial.store.read(keys, trial.call()))
        const left = found.slice(1).filter((entry) => entry !== undefined).length
        if (left > 0) broken('none of the cleared entries to be there', `${left} of them`)
        expectWrite(found[0], after, 'a key that was written after the clear')
      }),
  },
  {
    title: 'what was read before a clear is cleared, too, for whoever reads it as before',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const [cleared, beside] = [trial.put(`n${SEPARATOR}a`), trial.put('n')]
        await writeAll(trial, [cleared, beside])
        const plain = { want: undefined, show: undefined }
        for (const { key } of [cleared, beside]) await readOne(trial, key, plain)
        await trial.store.clear(`n${SEPARATOR}`, trial.call())
        const what = `key ${brief(cleared.key)}, read before it was cleared,`
        expectNothing(await readOne(trial, cleared.key, plain), what)
        expectWrite(await readOne(trial, beside.key), beside, `key ${brief(beside.key)} beside what was cleared`)
      }),
  },
)

async function clearsExactly(
  context: CheckContext,
  trial: Trial,
  keys: readonly string[],
  prefix: string,
): Promise<void> {
  const puts = await putAll(trial, keys)
  const isRefused = await refused(context, () => trial.store.clear(prefix, trial.call()))
  const found = await readEach(trial, keys, { show: 'all' })
  for (const [index, put] of puts.entries()) {
    const what = `key ${brief(put.key)} after a clear of ${brief(prefix)}`
    const isEvicted = context.traits.evicts === 'any' && found[index] === undefined
    if (!isRefused && put.key.startsWith(prefix)) expectNothing(found[index], what)
    else if (!isEvicted) expectWrite(found[index], put, what)
  }
}

/** A store that cannot list its keys may refuse to clear other than whole namespaces; then it must change nothing. */
async function refused({ traits }: CheckContext, clear: () => unknown): Promise<boolean> {
  try {
    await clear()
    return false
  } catch (error) {
    if (traits.scan === 'none' && isCacheError(error) && error.code === 'UNSUPPORTED') return true
    throw error
  }
}
