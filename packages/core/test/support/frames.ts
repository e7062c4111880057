import { crc32 } from 'node:zlib'
import fc, { type Arbitrary } from 'fast-check'
import type { Bytes, Entry, Found, Mark, Tag, Version } from '../../src/contract.js'
import { FRAME_OFFSETS as AT } from '../../src/frame/layout.js'
import type { FrameOptions } from '../../src/frame/options.js'
import { entry } from './entries.js'

export const KEY = 'users\u241f42'

export const bytes = (...values: number[]): Bytes => Uint8Array.from(values)

/** An entry with something of everything. */
export function sample(facts: Partial<Entry> = {}): Entry {
  return entry(bytes(1, 2, 3), { marks: { codec: 'json' }, tags: [{ name: 'a', marker: 'm' }], size: 3, ...facts })
}

/** The frame with the checksum of its head made right again, as whoever forges one would. */
export function sealed(framed: Bytes): Bytes {
  const view = new DataView(framed.buffer, framed.byteOffset, framed.length)
  const valueAt = AT.section + view.getUint16(AT.sectionBytes) + view.getUint16(AT.keyBytes)
  view.setUint32(AT.checksum, crc32(framed.subarray(AT.createdAt, valueAt), view.getUint32(AT.magic)))
  return framed
}

/** Names that objects have by birth are among them. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'codec', ''),
)

const anyMark: Arbitrary<Mark> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
)

const anyTag: Arbitrary<Tag> = fc.oneof(
  anyName.map((name) => ({ name })),
  fc.record({ name: anyName, marker: fc.string({ unit: 'binary' }) }),
)

const anyTime = fc.oneof(
  fc.nat({ max: 2 ** 42 }),
  fc.double({ min: 0, noNaN: true }).filter((time) => !Object.is(time, -0)),
  fc.constantFrom(0, Number.POSITIVE_INFINITY),
)

export const anyVersion: Arbitrary<Version> = fc.record({
  time: fc.oneof(
    fc.maxSafeNat().map((time) => time % 2 ** 48),
    fc.constantFrom(0, 2 ** 48 - 1),
  ),
  count: fc.nat({ max: 0xffff }),
  writer: fc.maxSafeNat().map((writer) => writer % 2 ** 48),
})

export const anyKey: Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 80 }),
)

export const anyEntry: Arbitrary<Entry> = fc
  .record({
    createdAt: anyTime,
    staleAt: anyTime,
    expiresAt: anyTime,
    keptUntil: anyTime,
    version: anyVersion,
    kind: fc.constantFrom('value', 'lease', 'tombstone'),
    tags: fc.array(anyTag, { maxLength: 4 }),
    marks: fc.array(fc.tuple(anyName, anyMark), { maxLength: 4 }).map((marks) => Object.fromEntries(marks)),
    value: fc.uint8Array({ maxLength: 300 }),
  })
  .map((parts) => ({ ...parts, size: parts.value.length }))

export const anyOptions: Arbitrary<FrameOptions> = fc.record({
  crc32: fc.constantFrom(undefined, crc32),
  covers: fc.constantFrom(undefined, 'all', 'header'),
  keys: fc.constantFrom(undefined, true, false),
})

/** As an ordinary object, so that views, frozen objects and those of other classes compare by what they hold. */
export function plain(found: Found | undefined): unknown {
  if (found === undefined) return undefined
  const { value, marks, ...header } = found
  // Own properties alone, so that a mark called `__proto__` counts as what it is.
  return { ...header, marks: Object.entries(marks), value: value && [...value] }
}
