import type { Change } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type Facts, type Trial } from '../check.js'
import { broken, expectWrite, readOne, under, writeOne } from '../expect.js'
import { pattern } from '../format.js'
import { missingOf, putsMany } from '../many-lines.js'

/** Enough to pass what a store may keep at hand, and to notice one that drops what it was not asked to drop. */
const ENTRIES = 2_000
/** Where it costs little, and where the author says that it holds so many. */
const MANY_ENTRIES = 12_000
const SINGLES = 600
/** What a store that may evict is believed to have room for where the subject does not say. */
const SURE_ROOM = 100
const BATCH = 100
const VALUE_BYTES = 1_000

const HALF_HOUR_MS = 1_800_000

function room({ traits, subject }: Facts): number {
  if (traits.evicts !== 'no') return Math.min(subject.capacity ?? SURE_ROOM, MANY_ENTRIES)
  return traits.lives === 'process' ? MANY_ENTRIES : ENTRIES
}

export const P1: readonly Check[] = checksOf(
  'P1',
  {
    title: 'everything within its capacity is still there after many writes',
    applies: whenItKeeps,
    run: (context) =>
      context.example(async (trial) => {
        const count = room(context)
        const puts = Array.from({ length: count }, (_, index) => trial.put(`key-${index}`, valueFor(context, index)))
        await trial.quietly(putsMany('key-', count), () => fill(trial, puts))
        await trial.quietly(missingOf('key-', count), () => expectAll(trial, puts))
        trial.clock.advance(HALF_HOUR_MS)
        await trial.quietly(missingOf('key-', count), () => expectAll(trial, puts))
      }),
  },
  {
    title: 'an entry outlives many writes of another key',
    applies: whenItKeeps,
    run: (context) =>
      context.example(async (trial) => {
        const put = trial.put('a')
        await writeOne(trial, put)
        const line = "for (let i = 0; i < 500; i++) await store.write([put('b')], call())"
        await trial.quietly(line, () =>
          fill(
            trial,
            Array.from({ length: 500 }, () => trial.put('b')),
          ),
        )
        expectWrite(await readOne(trial, 'a'), put, "key 'a'")
      }),
  },
  {
    title: 'everything that was written singly is there',
    applies: whenItKeeps,
    run: (context) =>
      context.example(async (trial) => {
        const puts = Array.from({ length: Math.min(SINGLES, room(context)) }, (_, index) => trial.put(`key-${index}`))
        await trial.quietly(putsMany('key-', puts.length), async () => {
          for (const put of puts) await under('P1', () => writeOne(trial, put))
        })
        await trial.quietly(missingOf('key-', puts.length), () => expectAll(trial, puts))
      }),
  },
)

function whenItKeeps({ traits, subject }: Facts): true | string {
  return traits.evicts !== 'any' || subject.capacity !== undefined || 'it may evict whatever it holds'
}

function valueFor({ traits, subject }: CheckContext, index: number): { readonly value?: unknown } {
  return traits.values === 'bytes' && subject.values === undefined ? { value: pattern(VALUE_BYTES, index) } : {}
}

async function fill(trial: Trial, puts: readonly Change<unknown>[]): Promise<void> {
  for (const batch of batches(puts)) await under('P1', () => trial.store.write(batch, trial.call()))
}

async function expectAll(trial: Trial, puts: readonly Change<unknown>[]): Promise<void> {
  let lost = 0
  for (const batch of batches(puts)) {
    const found = await trial.store.read(
      batch.map(({ key }) => key),
      trial.call(),
    )
    lost += found.filter((entry) => entry === undefined).length
  }
  if (lost > 0) broken(`all of ${puts.length} entries to be there`, `${lost} of them lost`)
}

function batches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  )
}
