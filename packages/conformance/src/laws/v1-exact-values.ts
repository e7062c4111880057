import type { Change, Found, Header } from '@cachette/core'
import { type Check, type CheckContext, checksOf, type PutOptions, type Trial } from '../check.js'
import { always, broken, difference, readOne, writeOne } from '../expect.js'
import { pattern } from '../format.js'
import { anyHeader } from '../headers.js'
import { isLayered } from '../layered.js'
import { isSameWrite } from '../overlap.js'
import { LARGE_SIZES, looksLikeNothing } from '../values.js'

export const V1: readonly Check[] = checksOf(
  'V1',
  {
    title: 'values come back as they were',
    applies: always,
    run: (context) =>
      context.property(context.values.arbitrary, (value, trial) => roundTrip(context, trial, { value })),
  },
  {
    title: 'times, versions, kinds, tags and marks come back as they were',
    applies: always,
    run: (context) =>
      context.property(anyHeader, (header, trial) => roundTrip(context, trial, header(trial.clock.now()))),
  },
  {
    title: 'large values come back as they were',
    applies: ({ traits, subject }) => {
      if (subject.values !== undefined) return 'the subject gives its own values'
      return traits.values === 'bytes' || 'it keeps values as they are, not as bytes'
    },
    run: async (context) => {
      const sizes = [...LARGE_SIZES, VERY_LARGE].filter((size) => size <= context.traits.maxValueBytes)
      for (const size of sizes) await context.example((trial) => roundTrip(context, trial, { value: pattern(size, 7) }))
    },
  },
  {
    title: 'what a read gave stays as it was when the key is written anew and removed',
    applies: always,
    run: (context) =>
      context.example(async (trial) => {
        const first = trial.put('a', { tags: [{ name: 'first' }], marks: { mark: 1 } })
        await writeOne(trial, first)
        const held = await readOne(trial, 'a')
        await writeOne(trial, trial.put('a'))
        if (held !== undefined && isSameWrite(held, first))
          expectSame(context, held, first, 'when its key is written anew')
        await writeOne(trial, trial.remove('a'))
        if (held !== undefined) expectSame(context, held, first, 'when its key is removed')
      }),
  },
)

/** Where none is declared, there is no limit. */
const VERY_LARGE = 8 * 1024 * 1024

function expectSame({ values }: CheckContext, held: Found<unknown>, { entry }: Change<unknown>, when: string): void {
  const different = entry && difference(held, entry, values)
  if (different !== undefined)
    broken(`what was read to keep its ${different.name} ${different.expected} ${when}`, different.got)
}

async function roundTrip(context: CheckContext, trial: Trial, options: PutOptions): Promise<void> {
  const put = trial.put('a', options)
  const { entry } = put
  if (entry === undefined) return
  // A layer that spoils the caller's own bytes does not make them right by that.
  const written = { ...entry, value: entry.value instanceof Uint8Array ? entry.value.slice() : entry.value }
  await writeOne(trial, put)
  for (const want of ['value', 'header'] as const) {
    const found = await readOne(trial, 'a', { show: 'all', want })
    // What is lost for being empty or falsy has a law of its own.
    const law = looksLikeNothing(written.value) ? 'V2' : 'V1'
    if (found === undefined) return broken('what was written to come back', 'nothing', law)
    // A value that was not asked for may be there, but then it is the right one.
    const whole = want === 'header' && found.value === undefined ? { ...found, value: written.value } : found
    if (!isLayered(context.subject)) expectSize(found, written)
    const different = difference(whole, written, context.values)
    if (different === undefined) continue
    const name = different.name === 'value' ? 'the value' : `the header's ${different.name}`
    broken(`${name} to come back as ${different.expected}`, different.got, different.name === 'value' ? law : 'V1')
  }
}

/** How many bytes are stored; layers may make them more or fewer. */
function expectSize({ size }: Header, written: Header): void {
  if (size === written.size) return
  broken(`the header's size to come back as ${written.size}`, String(size))
}
