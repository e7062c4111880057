import { relatedKeys, withPrefix } from '../arbitraries.js'
import { type Check, checksOf, type Trial } from '../check.js'
import { broken, collect, putAll, readEach, scanAll, whenItScans, writeAll } from '../expect.js'
import { brief } from '../format.js'
import { isFair, prefixesOf, sweep } from '../sweep.js'

/** More than any adapter gives in one page. */
const MANY = 2_500
const SOME = 1_100

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
        const keys = numbered('key-', context.traits.evicts === 'no' ? MANY : (context.subject.capacity ?? 1))
        await trial.quietly(`// ${keys.length} keys are written`, () => putMany(trial, keys))
        const given = await trial.quietly("await collect(store.scan('', call()))", () => scanAll(trial))
        const there = await trial.quietly('// every key is read', () => thereOf(trial, keys))
        expectOnce(keysOf(given), there, `a scan of ${keys.length} keys`)
      }),
  },
  {
    title: 'a scan gives each key that stays once, whatever else is written and removed meanwhile',
    applies: (facts) => (facts.traits.evicts === 'no' ? whenItScans(facts) : 'it may evict what was there'),
    run: async (context) => {
      for (const doings of [['rewrites'], ['adds'], ['removes'], DOINGS] as const) {
        await context.example((trial) => scanMeanwhile(trial, new Set(doings)))
      }
    },
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
        for (const page of both) expectOnce(keysOf(page), keys, 'each of two scans at once')
      }),
  },
)

/** What is done between the pages of a scan, to keys beside those that stay; rewriting is done to these themselves. */
const DOINGS = ['rewrites', 'adds', 'removes'] as const

/** It must come to an end, though a scan may come across what was added. */
const BUSY_PAGES = 5

async function scanMeanwhile(trial: Trial, doings: ReadonlySet<(typeof DOINGS)[number]>): Promise<void> {
  const stay = numbered('k', SOME)
  const leave = doings.has('removes') ? numbered('k-leaves-', 50) : []
  const line = `// ${stay.length} keys that stay and ${leave.length} that do not are written`
  await trial.quietly(line, () => putMany(trial, [...stay, ...leave]))
  // A store that cannot keep them breaks another law.
  if ((await trial.quietly('// every key is read', () => thereOf(trial, stay))).length < stay.length) return
  const given: string[] = []
  const scan = async (): Promise<void> => {
    let pages = 0
    for await (const page of trial.store.scan('k', trial.call())) {
      given.push(...page.map(([key]) => key))
      pages += 1
      if (pages > BUSY_PAGES) continue
      if (doings.has('rewrites')) await putMany(trial, stay)
      if (doings.has('adds')) await putAll(trial, numbered(`k-added-${pages}-`, 20))
      const gone = leave.splice(0, 20).map((key) => trial.remove(key))
      if (gone.length > 0) await writeAll(trial, gone)
    }
  }
  await trial.quietly(`// they are scanned; between its pages, who else writes ${[...doings].join(', ')}`, scan)
  expectOnce(given, stay, 'a scan during which other keys changed')
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

async function putMany(trial: Trial, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += 100) await putAll(trial, keys.slice(from, from + 100))
}

async function givesAll(trial: Trial, keys: readonly string[], prefix: string): Promise<void> {
  await putAll(trial, keys)
  const below = keys.filter((key) => key.startsWith(prefix))
  const found = await readEach(trial, below)
  const there = below.filter((_, index) => found[index] !== undefined)
  expectOnce(keysOf(await scanAll(trial, prefix)), there, `a scan of ${brief(prefix)}`)
}

/** The keys that a read gives: what is kept at all is for other laws to say. */
async function thereOf(trial: Trial, keys: readonly string[]): Promise<string[]> {
  const found = await trial.store.read(keys, trial.call({ want: 'header' }))
  return keys.filter((_, index) => found[index] !== undefined)
}

function keysOf(page: readonly (readonly [string, unknown])[]): string[] {
  return page.map(([key]) => key)
}

/** All of the keys, and none twice; others may be among what was given. */
function expectOnce(given: readonly string[], keys: readonly string[], what: string): void {
  const seen = new Set<string>()
  for (const key of given) {
    if (seen.has(key)) broken(`${what} to give no key twice`, `key ${brief(key)} twice`)
    seen.add(key)
  }
  const lost = keys.filter((key) => !seen.has(key))
  if (lost.length === 0) return
  broken(
    `${what} to give all ${keys.length} keys that are there`,
    `${keys.length - lost.length}, without ${brief(lost[0])}`,
  )
}
