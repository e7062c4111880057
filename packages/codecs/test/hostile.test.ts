import type { Bytes } from '@cachette/core'
import { Encoder } from 'cbor-x'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, it, vi } from 'vitest'
import { cbor } from '../src/cbor.js'
import { KIND } from '../src/graph.js'
import { msgpack } from '../src/msgpack.js'
import { CODECS, cloneable, codedOf } from './support.js'

// Many values, each looked at closely.
vi.setConfig({ testTimeout: 60_000 })

const corrupt = expect.objectContaining({ code: 'CORRUPT' })

/** A value, or damage: nothing else may come of bytes. */
function decodes(codec: (typeof CODECS)[number], bytes: Bytes, form: string | undefined): void {
  const begun = performance.now()
  try {
    codec.decode(bytes, form)
  } catch (error) {
    expect(error).toEqual(corrupt)
  }
  expect(performance.now() - begun).toBeLessThan(1_000)
  expect(Object.keys(Object.prototype)).toEqual([])
}

const forms = fc.constantFrom(undefined, 'graph')

describe.each(CODECS)('$name', (codec) => {
  it('makes a value of arbitrary bytes, or damage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), forms, (bytes, form) => decodes(codec, bytes, form)),
      { numRuns: 2_000 },
    )
  })

  it('takes whatever is cut off or put behind for damage', () => {
    fc.assert(
      fc.property(cloneable, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value, part) => {
        const { bytes, form, plain } = codedOf(codec.encode(value))
        const cut = bytes.slice(0, Math.floor(part * bytes.length))
        expect(() => codec.decode(cut, plain ? undefined : form)).toThrow(corrupt)
        expect(() => codec.decode(Uint8Array.of(...bytes, 0), plain ? undefined : form)).toThrow(corrupt)
      }),
      { numRuns: 200 },
    )
  })

  it('survives bits that flip', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(7)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(cloneable, flips, forms, (value, places, form) => {
        const bytes = Uint8Array.from(codedOf(codec.encode(value)).bytes)
        for (const [place, bit] of places) {
          const at = place % bytes.length
          bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        }
        decodes(codec, bytes, form)
      }),
      { numRuns: 1_000 },
    )
  })

  it('refuses forms that it does not know', () => {
    expect(() => codec.decode(codedOf(codec.encode(1)).bytes, 'other')).toThrow(corrupt)
  })

  it('takes a text that is no UTF-8 for damage', () => {
    const { bytes } = codedOf(codec.encode('é'.repeat(40)))
    bytes[20] = 0xff
    expect(() => codec.decode(bytes, undefined)).toThrow(corrupt)
  })
})

const repeated = (bytes: readonly number[], times: number): number[] =>
  Array.from({ length: times }, () => bytes).flat()
const text = (value: string): number[] => [...new TextEncoder().encode(value)]

describe('MessagePack', () => {
  it.each<[string, readonly number[]]>([
    ['an array of four thousand million', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['an array of an enormous one', [0x92, 0xdd, 0xff, 0xff, 0xff, 0xff, 0]],
    ['a map of four thousand million', [0xdf, 0xff, 0xff, 0xff, 0xff]],
    ['a text of four thousand million', [0xdb, 0xff, 0xff, 0xff, 0xff]],
    ['bytes of four thousand million', [0xc6, 0xff, 0xff, 0xff, 0xff]],
    ['a name that is a number', [0x81, 1, 1]],
    ['a name that reaches a prototype', [0x81, 0xa9, ...text('__proto__'), 0x80]],
    ['the same with a longer head', [0x81, 0xd9, 9, ...text('__proto__'), 0x80]],
    ['a record with a name that reaches a prototype', [0xd4, 0x72, 0x40, 0x91, 0xa9, ...text('__proto__'), 0x80]],
    ['a record whose names are numbers', [0xd4, 0x72, 0x40, 0x91, 1, 1]],
    ['a record without names', [0xd4, 0x72, 0x40, 0xc0, 1]],
    ['a record of four thousand million names', [0xd4, 0x72, 0x40, 0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a record of a number out of range', [0xd4, 0x72, 0x01, 0x91, 0xa1, 0x61, 1]],
    ['an error of the library', [0xd4, 0x65, 0, 0x93, 0xa5, ...text('Error'), 0xa1, 0x61, 0xc0]],
    ['an expression of the library', [0xd4, 0x78, 0, 0x92, 0xa1, 0x61, 0xa0]],
    ['a set of the library', [0xd4, 0x73, 0, 0x91, 1]],
    ['a pointer of the library', [0xd6, 0x70, 0, 0, 0, 1]],
    ['a bundle of the library', [0xd6, 0x62, 0, 0, 0, 4]],
    ['a typed array of the library', [0xc7, 2, 0x74, 1, 1]],
    ['a token that is none', [0xc1]],
    ['a short float, which is never written', [0xca, 0, 0, 0, 0]],
    ['nothing', []],
    ['undefined alone, which is no value', [0xd4, 0, 0]],
    ['100,000 levels', [...repeated([0x91], 100_000), 0xc0]],
    ['100,000 levels of maps', [...repeated([0x81, 0xa1, 0x61], 100_000), 0xc0]],
  ])('refuses %s', (_, bytes) => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => msgpack().decode(Uint8Array.from(bytes), undefined)).toThrow(corrupt)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000)
  })
})

describe('CBOR', () => {
  it.each<[string, readonly number[]]>([
    ['an array of four thousand million', [0x9a, 0xff, 0xff, 0xff, 0xff]],
    ['an array of more than any', [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a map of four thousand million', [0xba, 0xff, 0xff, 0xff, 0xff]],
    ['a text of four thousand million', [0x7a, 0xff, 0xff, 0xff, 0xff]],
    ['bytes of four thousand million', [0x5a, 0xff, 0xff, 0xff, 0xff]],
    ['an array without a length', [0x9f, 0x01, 0xff]],
    ['a name that is a number', [0xa1, 1, 1]],
    ['a name that reaches a prototype', [0xa1, 0x69, ...text('__proto__'), 0xa0]],
    ['a date with a tag', [0xc1, 0x01]],
    ['a simple value of no kind', [0xf8, 0xff]],
    ['a short float, which is never written', [0xf9, 0, 0]],
    ['nothing', []],
    ['undefined alone, which is no value', [0xf7]],
    ['100,000 levels', [...repeated([0x81], 100_000), 0xf6]],
  ])('refuses %s', (_, bytes) => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => cbor().decode(Uint8Array.from(bytes), undefined)).toThrow(corrupt)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000)
  })
})

const { array, object, map, date, regExp, error, buffer, view, sparse, boxed, scalar } = KIND

describe.each([
  { codec: msgpack(), pack: (value: unknown): Bytes => new Packr({ useRecords: false }).pack(value) },
  {
    codec: cbor(),
    pack: (value: unknown): Bytes => new Encoder({ useRecords: false, tagUint8Array: false }).encode(value),
  },
])('a graph in $codec.name', ({ codec, pack }) => {
  it.each<[string, unknown]>([
    ['that is no list', { a: 1 }],
    ['of no nodes', []],
    ['of a node that is no list', [1]],
    ['of a node of no kind', [[99]]],
    ['of an old kind under another name', [['array']]],
    ['with a way to no node', [[array, [1]]]],
    ['with a way to a place before all', [[array, [-1]]]],
    ['with a way to half a place', [[array, [0.5]], [array]]],
    ['with a node that nothing leads to', [[array], [array]]],
    ['with a node that only later ones lead to', [[array, [2]], [array], [array, [1]]]],
    ['of 2,000 levels', Array.from({ length: 2_000 }, (_, place) => (place < 1_999 ? [array, [place + 1]] : [array]))],
    ['with a key without a value', [[object, 'a']]],
    ['with a key that is none', [[object, 1, 1]]],
    ['with a map of half an entry', [[map, 1]]],
    ['with a slot of no kind', [[array, ['other', 'a']]]],
    ['with an object in a slot', [[array, { a: 1 }]]],
    ['with a text without quotes', [[array, ['text', '[]']]]],
    ['with a bigint that is none', [[array, ['bigint', '0x1']]]],
    ['with a date that is none', [[date, 'now']]],
    ['with an expression that is none', [[regExp, '(', '', 0]]],
    ['with an error of no kind', [[error, 'Function', 0]]],
    ['with an error that hides anything', [[error, 'Error', 1, 'toString', 1]]],
    ['with an error that hides too much', [[error, 'Error', -1]]],
    ['with a buffer of text', [[buffer, 'a']]],
    ['with a view of no kind', [[view, 'Object', Uint8Array.of(1)]]],
    ['with a view of half an item', [[view, 'Int16Array', Uint8Array.of(1)]]],
    ['with an array of a length that is none', [[sparse, -1]]],
    ['with an array of more than any has', [[sparse, 2 ** 32]]],
    ['with an array that sets its length', [[sparse, 3, 'length', 1]]],
    ['with a box around nothing', [[boxed, null]]],
    [
      'with a value alone among others',
      [
        [array, [1]],
        [scalar, 1],
      ],
    ],
  ])('%s is damage', (_, graph) => {
    expect(() => codec.decode(Uint8Array.from(pack(graph)), 'graph')).toThrow(corrupt)
  })

  it('takes no memory for holes', () => {
    const before = process.memoryUsage()
    const found = codec.decode(Uint8Array.from(pack([[sparse, 30_000_000]])), 'graph')
    expect(found).toHaveLength(30_000_000)
    expect(process.memoryUsage().heapTotal - before.heapTotal).toBeLessThan(64_000_000)
  })

  it('takes no memory for the holes of many short arrays either', () => {
    const count = 20_000
    const nodes = [[array, ...Array.from({ length: count }, (_, at) => [at + 1])]]
    const bytes = Uint8Array.from(pack([...nodes, ...Array.from({ length: count }, () => [sparse, 1_000])]))
    const before = process.memoryUsage().heapUsed
    const found = codec.decode(bytes, 'graph')
    expect(found).toHaveLength(count)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64_000_000)
  })

  it('gives a __proto__ that is a property like any other', () => {
    const found = codec.decode(
      Uint8Array.from(
        pack([
          [object, '__proto__', [1]],
          [object, 'a', 1],
        ]),
      ),
      'graph',
    )
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype)
    expect(Object.keys(found as object)).toEqual(['__proto__'])
  })
})
