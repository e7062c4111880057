import fc from 'fast-check'
import { anyLifetime } from '../arbitraries.js'
import { type Check, type CheckContext, checksOf, type PutOptions, type Trial } from '../check.js'
import { always, broken, difference, readOne, writeOne } from '../expect.js'
import { pattern } from '../format.js'
import { LARGE_SIZES } from '../values.js'

/** Names and texts that a careless header takes for syntax, or for its own fields. */
const anyName = fc.oneof(
  fc.constantFrom('a', 'value', '__proto__', 'a b', 'a,b', 'a:b', '{}', 'é😀', '\0', 'toString'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
)

const anyTags = fc.uniqueArray(fc.record({ name: anyName, marker: fc.option(anyName, { nil: undefined }) }), {
  maxLength: 3,
  selector: ({ name }) => name,
})

const anyMark = fc.oneof(fc.boolean(), fc.integer(), fc.string({ unit: 'grapheme', maxLength: 8 }))

const anyMarks = fc.dictionary(anyName, anyMark, { maxKeys: 3, noNullPrototype: true })

/** Offsets from now, in the order that a header has them. */
const anyTimes = fc
  .tuple(fc.constantFrom(0, 1, 1_234, 86_400_123), anyLifetime(), anyLifetime(), anyLifetime(), fc.nat(3))
  .map(([age, fresh, stale, kept, endless]) => ({ age, fresh, stale, kept, endless }))

const WRITERS = [0, 1, 2 ** 32, 2 ** 48 - 1]

const anyVersion = fc.record({ count: fc.constantFrom(0, 1, 255, 256, 65_535), writer: fc.constantFrom(...WRITERS) })

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
      context.property(
        fc.record({
          times: anyTimes,
          version: anyVersion,
          kind: fc.constantFrom('value', 'lease', 'tombstone'),
          tags: anyTags,
          marks: anyMarks,
        }),
        ({ times, version, ...header }, trial) => {
          const now = trial.clock.now()
          // From the last time on, none, one, two or all three are for ever.
          const [staleAt, expiresAt, keptUntil] = [
            times.endless > 2 ? Infinity : now + times.fresh,
            times.endless > 1 ? Infinity : now + times.fresh + times.stale,
            times.endless > 0 ? Infinity : now + times.fresh + times.stale + times.kept,
          ]
          const options = {
            createdAt: now - times.age,
            staleAt,
            expiresAt,
            keptUntil,
            version: { time: now, ...version },
          }
          return roundTrip(context, trial, { ...header, ...options })
        },
      ),
  },
  {
    title: 'large values come back as they were',
    applies: ({ traits, subject }) => {
      if (subject.values !== undefined) return 'the subject gives its own values'
      return traits.values === 'bytes' || 'it keeps values as they are, not as bytes'
    },
    run: async (context) => {
      const sizes = LARGE_SIZES.filter((size) => size <= context.traits.maxValueBytes)
      for (const size of sizes) await context.example((trial) => roundTrip(context, trial, { value: pattern(size, 7) }))
    },
  },
)

async function roundTrip(context: CheckContext, trial: Trial, options: PutOptions): Promise<void> {
  const put = trial.put('a', options)
  await writeOne(trial, put)
  for (const want of ['value', 'header'] as const) {
    const found = await readOne(trial, 'a', { show: 'all', want })
    if (found === undefined || put.entry === undefined) return broken('what was written to come back', 'nothing')
    const whole = want === 'header' ? { ...found, value: put.entry.value } : found
    const different = difference(whole, put.entry, context.values)
    if (different === undefined) continue
    const name = different.name === 'value' ? 'the value' : `the header's ${different.name}`
    broken(`${name} to come back as ${different.expected}`, different.got)
  }
}
