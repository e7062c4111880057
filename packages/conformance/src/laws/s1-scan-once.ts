import { relatedKeys, withPrefix } from '../arbitraries.js'
import { type Check, checksOf, type Facts, type Trial } from '../check.js'
import { collect, putAll, readEach, scanAll, whenItScans } from '../expect.js'
import { brief } from '../format.js'
import { missingOf, putsMany } from '../many-lines.js'
import { expectOnce, keysOf, numbered, putMany, thereOf } from '../scanned.js'
import { isFair, prefixesOf, sweep } from '../sweep.js'

/** More than any adapter gives in one page. */
const MANY = 2_500
/** Where it costs little, more than a store may stop at. */
const MANY_NEARBY = 12_000

export const S1: readonly Check[] = checksOf(
  'S1',
  {
    title: 'a scan gives each key with the prefix once',
    applies: whenItScans,
    run: async (context) => {
      await sweep(context, prefixesOf, givesAll)
      await context.property(
        withPrefix(relatedKeys(1, 8)),
        async ({ keys, prefix }, trial) => {
          if (isFair(context, keys)) await givesAll(trial, keys, prefix)
        },
        { share: 0.5 },
      )
    },
  },
  {
    title: 'a scan over many pages gives each key once',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        const keys = numbered('key-', countOf(context))
        await trial.quietly(putsMany('key-', keys.length), () => putMany(trial, keys))
        const given = await trial.quietly("await collect(store.scan('', call()))", () => scanAll(trial))
        const there = await trial.quietly(missingOf('key-', keys.length), () => thereOf(trial, keys))
        expectOnce(keysOf(given), there, `a scan of ${keys.length} keys`)
      }),
  },
  {
    title: 'two scans at once do not disturb each other',
    applies: whenItScans,
    run: (context) =>
      context.example(async (trial) => {
        const keys = ['a', 'b', 'c', 'd']
        await putAll(trial, keys)
        const both = await Promise.all([
          collect(trial.store.scan('', trial.call())),
          collect(trial.store.scan('', trial.call())),
        ])
        const there = context.traits.evicts === 'no' ? keys : []
        for (const page of both) expectOnce(keysOf(page), there, 'each of two scans at once')
      }),
  },
)

async function givesAll(trial: Trial, keys: readonly string[], prefix: string): Promise<void> {
  await putAll(trial, keys)
  const below = keys.filter((key) => key.startsWith(prefix))
  const found = await readEach(trial, below)
  const there = below.filter((_, index) => found[index] !== undefined)
  expectOnce(keysOf(await scanAll(trial, prefix)), there, `a scan of ${brief(prefix)}`)
}

function countOf({ traits, subject }: Facts): number {
  if (traits.evicts !== 'no') return Math.min(subject.capacity ?? 1, MANY)
  return traits.lives === 'process' ? MANY_NEARBY : MANY
}
