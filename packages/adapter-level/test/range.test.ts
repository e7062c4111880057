import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangeOf } from '../src/range.js'

const text = fc.string({ unit: 'binary', maxLength: 4 })
/** Also halves of pairs. */
const units = fc
  .array(fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xd83d, 0xdbff, 0xdc00, 0xde00, 0xdfff, 0xe000, 0xffff), {
    maxLength: 3,
  })
  .map((codes) => String.fromCharCode(...codes))

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function isWithin(key: string, prefix: string): boolean {
  const range = rangeOf(prefix)
  if (range === undefined || compare(key, range.gte) < 0) return false
  return range.lt === undefined || compare(key, range.lt) < 0
}

test('a range holds the keys that begin with the prefix, and no others', () => {
  fc.assert(
    fc.property(fc.oneof(text, units), text, text, (prefix, rest, other) => {
      const longer = prefix + rest
      if (longer.isWellFormed()) expect(isWithin(longer, prefix)).toBe(true)
      expect(isWithin(other, prefix)).toBe(other.startsWith(prefix))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['', { gte: '' }],
  ['a', { gte: 'a', lt: 'b' }],
  ['a\ud7ff', { gte: 'a\ud7ff', lt: 'a\ue000' }],
  ['a\u{10ffff}', { gte: 'a\u{10ffff}', lt: 'b' }],
  ['\u{10ffff}', { gte: '\u{10ffff}' }],
  ['\ud83d', { gte: '\u{1f400}', lt: '\u{1f800}' }],
  ['\ude00', undefined],
  ['\ud83d\ud83d', undefined],
])('the range of %j', (prefix, range) => {
  expect(rangeOf(prefix)).toEqual(range)
})
