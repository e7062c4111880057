import fc, { type Arbitrary } from 'fast-check'
import { anyLifetime } from './arbitraries.js'
import type { PutOptions } from './check.js'

/** Names and texts that a careless header takes for syntax, or for its own fields. */
const anyName = fc.oneof(
  fc.constantFrom('a', 'value', '__proto__', 'a b', 'a,b', 'a:b', '{}', 'é😀', '\0', 'toString'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
)

const anyTag = fc.record({ name: anyName, marker: fc.option(anyName, { nil: undefined }) })

/** Few, one of them now and then twice; and more and longer than fit where somebody counts in bytes. */
const anyTags = fc.oneof(
  { arbitrary: fc.array(anyTag, { maxLength: 4 }), weight: 8 },
  { arbitrary: anyTag.map((tag) => [tag, { name: 'between' }, tag]), weight: 1 },
  {
    arbitrary: fc
      .constantFrom(256, 300, 1_000)
      .map((length) => [{ name: 't'.repeat(length), marker: 'm'.repeat(length) }]),
    weight: 1,
  },
  {
    arbitrary: fc
      .constantFrom(17, 40)
      .map((length) => Array.from({ length }, (_, index) => ({ name: `tag-${index}` }))),
    weight: 1,
  },
)

const anyMark = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.constantFrom(1.5, -0.25, 2 ** 31, 2 ** 40, 2 ** 53 - 1, 1e21),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)

const anyMarks = fc.dictionary(anyName, anyMark, { maxKeys: 3, noNullPrototype: true })

/** Offsets from now, in the order that a header has them. */
const anyTimes = fc
  .record({
    age: fc.constantFrom(0, 1, 1_234, 86_400_123),
    fresh: anyLifetime(),
    stale: anyLifetime(),
    kept: anyLifetime(),
    endless: fc.nat(3),
    /** Which of the times have come already when the entry is written. */
    past: fc.constantFrom('none', 'none', 'staleAt', 'expiresAt'),
    /** Of a clock that tells parts of a millisecond. */
    part: fc.constantFrom(0, 0, 0.5, 0.25),
  })
  .map(timesOf)

interface Times {
  readonly age: number
  readonly fresh: number
  readonly stale: number
  readonly kept: number
  readonly endless: number
  readonly past: 'none' | 'staleAt' | 'expiresAt'
  readonly part: number
}

/** From the last time on, none, one, two or all three are for ever. */
function timesOf({ age, fresh, stale, kept, endless, past, part }: Times): (now: number) => HeaderTimes {
  return (now) => {
    const isStale = past !== 'none'
    const isExpired = past === 'expiresAt'
    const staleAt = isStale ? now - 1 - part : endless > 2 ? Infinity : now + fresh + part
    const expiresAt = isExpired ? now - part : endless > 1 ? Infinity : now + fresh + stale + part
    const keptUntil = endless > 0 ? Infinity : now + fresh + stale + kept + part
    return { createdAt: now - age - 1 - part, staleAt, expiresAt, keptUntil }
  }
}

type HeaderTimes = Required<Pick<PutOptions, 'createdAt' | 'staleAt' | 'expiresAt' | 'keptUntil'>>

const WRITERS = [0, 1, 2 ** 32, 2 ** 48 - 1]

const anyVersion = fc.record({ count: fc.constantFrom(0, 1, 255, 256, 65_535), writer: fc.constantFrom(...WRITERS) })

/** All that a header may say, by the time at which it is written. */
export const anyHeader: Arbitrary<(now: number) => PutOptions> = fc
  .record({
    times: anyTimes,
    version: anyVersion,
    kind: fc.constantFrom('value' as const, 'lease' as const, 'tombstone' as const),
    tags: anyTags,
    marks: anyMarks,
  })
  .map(({ times, version, ...header }) => (now) => ({ ...header, ...times(now), version: { time: now, ...version } }))
