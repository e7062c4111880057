import type { Change } from '@cachette/core'
import { type Check, checksOf, type Trial } from '../check.js'
import { putAll, whenItScans, writeAll } from '../expect.js'
import { missingOf, putsMany } from '../many-lines.js'
import { expectOnce, keysOf, numbered, putMany, thereOf } from '../scanned.js'

/** More than any adapter gives in one page. */
const SOME = 1_100

/** It must come to an end, though a scan may come across what was added. */
const BUSY_PAGES = 5

/** How many of the keys that were given go, or go and come again, after each page. */
const GIVEN = 60

/**
 * What is done between the pages of a scan: to keys beside those that stay, to these themselves, or to keys that the
 * scan has given already, which are not among those that stay.
 */
const DOINGS = ['rewrites', 'adds', 'removes', 'removes what was given', 'renews what was given'] as const

type Doing = (typeof DOINGS)[number]

const PLANS: readonly (readonly Doing[])[] = [
  ['rewrites'],
  ['adds'],
  ['removes'],
  ['removes what was given'],
  ['renews what was given'],
  ['rewrites', 'adds', 'removes'],
]

export const S1_MEANWHILE: readonly Check[] = checksOf('S1', {
  title: 'a scan gives each key that stays once, whatever else is written and removed meanwhile',
  applies: (facts) => (facts.traits.evicts === 'no' ? whenItScans(facts) : 'it may evict what was there'),
  run: async (context) => {
    // Few keys for stores of small pages, and many for those of large ones.
    for (const count of [12, SOME]) {
      for (const doings of PLANS) await context.example((trial) => scanMeanwhile(trial, new Set(doings), count))
    }
  },
})

async function scanMeanwhile(trial: Trial, doings: ReadonlySet<Doing>, count: number): Promise<void> {
  const touchesGiven = doings.has('removes what was given') || doings.has('renews what was given')
  const stay = new Set(numbered('k', count))
  const leave = doings.has('removes') ? numbered('k-leaves-', 50) : []
  trial.note(putsMany('k', count))
  if (leave.length > 0) trial.note(putsMany('k-leaves-', leave.length))
  await trial.quietly('let [pages, given] = [0, []]', () => putMany(trial, [...stay, ...leave]))
  // A store that cannot keep them breaks another law.
  if ((await trial.quietly(missingOf('k', count), () => thereOf(trial, [...stay]))).length < stay.size) return
  const given: string[] = []
  const scan = async (): Promise<void> => {
    let pages = 0
    for await (const page of trial.store.scan('k', trial.call())) {
      given.push(...keysOf(page))
      pages += 1
      if (pages > BUSY_PAGES) continue
      if (doings.has('rewrites')) await putMany(trial, [...stay])
      if (doings.has('adds')) await putAll(trial, numbered(`k-added-${pages}-`, 20))
      if (touchesGiven) await touch(trial, lastOf(page, count), doings, stay)
      const gone = leave.splice(0, 20).map((key) => trial.remove(key))
      if (gone.length > 0) await writeAll(trial, gone)
    }
  }
  for (const line of linesOf(doings, count)) trial.note(line)
  await trial.quietly('console.log(given)', scan)
  // So does one that loses them for what was added meanwhile.
  const there = await trial.quietly(missingOf('k', count), () => thereOf(trial, [...stay]))
  expectOnce(given, there, 'a scan during which other keys changed')
}

/** The scan and what is done between its pages, as code. */
function linesOf(doings: ReadonlySet<Doing>, count: number): readonly string[] {
  const last = `page.slice(-${Math.min(GIVEN, Math.ceil(count / 6))})`
  const renews = doings.has('renews what was given')
  const touches = renews || doings.has('removes what was given')
  return [
    "for await (const page of store.scan('k', call())) {",
    '  given.push(...page.map(([key]) => key))',
    `  if (++pages > ${BUSY_PAGES}) continue`,
    ...(doings.has('rewrites') ? [`  ${putsMany('k', count)}`] : []),
    ...(doings.has('adds')
      ? [`  for (let i = 0; i < 20; i++) await store.write([put(\`k-added-\${pages}-\${i}\`)], call())`]
      : []),
    ...(touches ? [`  await store.write(${last}.map(([key]) => remove(key)), call())`] : []),
    ...(renews ? [`  await store.write(${last}.map(([key]) => put(key)), call())`] : []),
    ...(doings.has('removes')
      ? [`  for (let i = pages * 20 - 20; i < pages * 20; i++) await store.write([remove(\`k-leaves-\${i}\`)], call())`]
      : []),
    '}',
  ]
}

/** The last that was given, by which a store may find its way on, and some before it; never so many that nothing stays. */
function lastOf(page: readonly (readonly [string, unknown])[], count: number): readonly string[] {
  return keysOf(page).slice(-Math.min(GIVEN, Math.ceil(count / 6)))
}

async function touch(
  trial: Trial,
  keys: readonly string[],
  doings: ReadonlySet<Doing>,
  stay: Set<string>,
): Promise<void> {
  for (const key of keys) stay.delete(key)
  const changes: Change<unknown>[] = keys.map((key) => trial.remove(key))
  if (changes.length > 0) await writeAll(trial, changes)
  if (doings.has('renews what was given')) await putAll(trial, keys)
}
