import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cloneableValue, TRICKY_VALUES } from '../src/codec/arbitraries.js'
import { same } from '../src/codec/same.js'

describe('same', () => {
  it('finds every value the same as its structured clone', () => {
    fc.assert(fc.property(cloneableValue, (value) => same(value, structuredClone(value))))
  })

  it('finds every value the same as itself, and as its twin', () => {
    for (const make of Object.values(TRICKY_VALUES)) {
      const value = make()
      expect(same(value, value)).toBe(true)
    }
    fc.assert(fc.property(fc.clone(cloneableValue, 2), ([a, b]) => same(a, b)))
  })

  const ring: { self?: unknown } = {}
  ring.self = ring
  it('takes equal parts for the same, whether they are one object or two', () => {
    const shared = { a: 1 }
    expect(same([shared, shared], [{ a: 1 }, { a: 1 }])).toBe(true)
    expect(same([shared, shared], [{ a: 1 }, { a: 2 }])).toBe(false)
  })

  it.each<[string, unknown, unknown]>([
    ['0 and -0', 0, -0],
    ['nothing and null', undefined, null],
    ['a missing and an undefined property', {}, { a: undefined }],
    ['a hole and an undefined', new Array(1), [undefined]],
    ['an object and one without a prototype', {}, Object.create(null)],
    ['an array and an object', [], {}],
    ['a date and its text', new Date(1), new Date(1).toJSON()],
    ['two dates', new Date(1), new Date(2)],
    ['two kinds of error', new Error('a'), new TypeError('a')],
    ['errors of two causes', new Error('a', { cause: 1 }), new Error('a')],
    ['flags', /a/g, /a/],
    ['kinds of bytes', new Uint8Array(2), new Int8Array(2)],
    ['a Buffer and bytes', Buffer.from([1]), Uint8Array.of(1)],
    ['bytes', Uint8Array.of(1), Uint8Array.of(2)],
    ['buffers', new ArrayBuffer(1), new ArrayBuffer(2)],
    [
      'maps in another order',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['sets', new Set([1]), new Set([2])],
    ['a ring and a line', ring, { self: { self: undefined } }],
    ['boxes', Object(1), Object(2)],
    ['arrays of two lengths', [1], [1, 2]],
  ])('tells %s apart', (_, a, b) => {
    expect(same(a, b)).toBe(false)
    expect(same([a], [b])).toBe(false)
  })
})
