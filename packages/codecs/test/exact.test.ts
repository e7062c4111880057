import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import type { Bytes } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CODECS, cloneable, codedOf, through } from './support.js'

// Many values, each looked at closely.
vi.setConfig({ testTimeout: 60_000 })

type Fields = Record<string, unknown>

describe.each(CODECS)('$name', (codec) => {
  const back = (value: unknown): unknown => through(codec, value)

  it('gives back whatever structured clone carries', () => {
    fc.assert(
      fc.property(cloneable, (value) => {
        expect(isDeepStrictEqual(back(value), value)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves the value as it was, and the bytes', () => {
    fc.assert(
      fc.property(fc.clone(cloneable, 2), ([value, twin]) => {
        const { bytes, form, plain } = codedOf(codec.encode(value))
        const kept = Uint8Array.from(bytes)
        codec.decode(bytes, plain ? undefined : form)
        expect(bytes).toEqual(kept)
        expect(Object.keys(bytes).length).toBe(bytes.length)
        expect(isDeepStrictEqual(value, twin)).toBe(true)
      }),
    )
  })

  it('reads each entry alone, whatever was stored before', () => {
    fc.assert(
      fc.property(fc.array(cloneable, { minLength: 2, maxLength: 6 }), (values) => {
        const coded = values.map((value) => codedOf(codec.encode(value)))
        const fresh = CODECS.find((each) => each.name === codec.name)
        for (const [index, { bytes, form, plain }] of [...coded.entries()].reverse()) {
          expect(isDeepStrictEqual(fresh?.decode(bytes, plain ? undefined : form), values[index])).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is not disturbed by accessors that encode something themselves', () => {
    const inner: unknown[] = []
    const outer = {
      before: 'a text before',
      get hash(): number {
        const value = [{ a: 1 }, { a: 2 }, { a: inner.length }]
        inner.push([codec.encode(value), value])
        return 7
      },
      after: 'a text behind',
    }
    const rows = [outer, { ...outer }, { ...outer }]
    for (const value of [outer, rows]) {
      const shown = JSON.parse(JSON.stringify(value)) as unknown
      expect(back(value)).toEqual(shown)
    }
    for (const [encoded, value] of inner as [Bytes, unknown][]) expect(codec.decode(encoded, undefined)).toEqual(value)
  })

  it('tells shared parts and cycles from equal ones', () => {
    const shared = { a: 1 }
    const [first, second, third] = back([shared, shared, { a: 1 }]) as unknown[]
    expect(first).toBe(second)
    expect(first).not.toBe(third)
    const error: Error = new Error('outer', { cause: { inner: undefined as unknown } })
    ;(error.cause as Fields)['inner'] = error
    const { cause } = back(error) as Error
    expect(((cause as Fields)['inner'] as Error).cause).toBe(cause)
  })

  it('does not take what is referred to many times apart', () => {
    let value: unknown = []
    for (let level = 0; level < 200; level += 1) value = [value, value]
    expect(codedOf(codec.encode(value)).bytes.length).toBeLessThan(10_000)
  })

  it.each<[string, () => unknown]>([
    ['an object without a prototype', (): unknown => Object.assign(Object.create(null), { a: 1 })],
    ['an own __proto__', (): unknown => JSON.parse('{"__proto__":{"polluted":true},"a":1}')],
    ['many objects with names that libraries use', () => Array.from({ length: 5 }, () => ({ a: 1, __keys__: 2 }))],
    ['many empty objects', () => Array.from({ length: 5 }, () => ({}))],
    ['many objects of many shapes', () => Array.from({ length: 200 }, (_, index) => ({ [`key${index % 90}`]: index }))],
    ['an expression that is under way', () => Object.assign(/a/g, { lastIndex: 3 })],
    ['an array with a name', () => Object.assign([1], { name: 1 })],
    ['a match', () => /(?<letter>a)/.exec('bab')],
    ['a long array with little in it', () => Object.assign([], { 4294967294: 1 })],
    ['several errors', () => new AggregateError([new Error('a')], 'all')],
    ['an error without a message', () => new Error()],
    ['a long text', () => 'x'.repeat(70_000)],
    ['a long array', () => Array.from({ length: 70_000 }, (_, index) => index)],
    ['an object of many names', () => Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [index, 1]))],
    ['1,000 levels', () => nested(999)],
    ["Node's Buffer", () => Buffer.from('abc')],
  ])('carries %s', (_, make) => {
    const value = make()
    expect(isDeepStrictEqual(back(value), value)).toBe(true)
  })

  it('keeps the lastIndex of an expression', () => {
    expect((back(Object.assign(/a/g, { lastIndex: 3 })) as RegExp).lastIndex).toBe(3)
  })

  it('keeps the stack of an error, hidden as it was', () => {
    const error = new TypeError('no')
    const found = back(error) as Error
    expect(found.stack).toBe(error.stack)
    expect(Object.keys(found)).toEqual([])
  })

  it('keeps no more of a buffer than a view shows, and nothing else of what it lies in', () => {
    const whole = Uint8Array.from({ length: 64 }, (_, index) => index)
    const view = whole.subarray(8, 12)
    const found = back({ view, floats: new Float32Array(whole.buffer, 4, 2) }) as { view: Uint8Array }
    expect(found.view).toEqual(Uint8Array.of(8, 9, 10, 11))
    expect(found.view.buffer.byteLength).toBe(4)
    expect((back(Buffer.from('abc')) as Buffer).buffer.byteLength).toBe(3)
  })

  it('gives bytes that change with nothing else', () => {
    const { bytes, form, plain } = codedOf(codec.encode({ a: Uint8Array.of(1, 2), b: Int16Array.of(3) }))
    const found = codec.decode(bytes, plain ? undefined : form)
    bytes.fill(0)
    expect(found).toEqual({ a: Uint8Array.of(1, 2), b: Int16Array.of(3) })
  })

  it('takes objects and arrays of another realm for its own', () => {
    expect(back(runInNewContext('({ a: [1] })'))).toStrictEqual({ a: [1] })
  })

  class Point {
    readonly x = 1
  }
  it.each<[string, () => unknown, string, string]>([
    ['a function', () => ({ a: [1, () => 1] }), 'value.a[1]', 'a function'],
    ['a symbol', () => ({ 'a b': Symbol('s') }), 'value["a b"]', 'a symbol'],
    ['a symbol as a key', () => ({ a: { [Symbol('s')]: 1 } }), 'value.a', 'a symbol as a key'],
    ['a symbol as a key of an array', () => [Object.assign([], { [Symbol('s')]: 1 })], 'value[0]', 'a symbol as a key'],
    ['an instance of a class', () => ({ at: new Point() }), 'value.at', 'an instance of Point'],
    [
      'a subclass of Map',
      () => [new (class Index extends Map<string, string> {})()],
      'value[0]',
      'an instance of Index',
    ],
    ['a subclass of Array', () => new (class List extends Array<number> {})(), 'value', 'an instance of List'],
    ['an error of a class', () => [new (class Refused extends Error {})()], 'value[0]', 'an instance of Refused'],
    ['a promise', () => new Map([['a', Promise.resolve()]]), 'value.get("a")', 'an instance of Promise'],
    ['a function in a set', () => new Set([1, () => 1]), 'value.values()[1]', 'a function'],
    ['a function as a key', () => new Map([[() => 1, 1]]), 'value.keys()[0]', 'a function'],
    ['a forged date', (): unknown[] => [Object.create(Date.prototype)], 'value[0]', 'an instance of Date'],
    ['a boxed symbol', (): unknown[] => [Object(Symbol('s'))], 'value[0]', 'an instance of Symbol'],
    ['shared memory', () => ({ a: new SharedArrayBuffer(1) }), 'value.a', 'an instance of SharedArrayBuffer'],
    [
      'a hidden property',
      () => ({ a: Object.defineProperty({}, 'b', { value: 1 }) }),
      'value.a',
      'a property that does not show',
    ],
    [
      'a date with a name',
      () => [Object.assign(new Date(1), { name: 1 })],
      'value[0]',
      'a property that does not show',
    ],
    [
      'a lastIndex of another kind',
      () => Object.assign(/a/, { lastIndex: 'x' }),
      'value',
      'a RegExp whose lastIndex is no number',
    ],
    [
      'an accessor that throws',
      () => ({
        a: {
          get b() {
            throw new Error('no')
          },
        },
      }),
      'value.a.b',
      'what cannot be read',
    ],
    ['the cause of an error', () => new Error('a', { cause: { b: () => 1 } }), 'value.cause.b', 'a function'],
    ['a name beside an array', () => Object.assign([1, 2], { name: () => 1 }), 'value.name', 'a function'],
    ['more than 1,000 levels', () => nested(1_001), `value${'[0]'.repeat(65)}…`, 'more than 1000 levels'],
  ])('refuses %s, and says where', (_, make, path, got) => {
    const refused = expect.objectContaining({ code: 'INVALID_VALUE', source: codec.name, details: { path, got } })
    expect(() => codec.encode(make())).toThrow(refused)
  })

  it('refuses a buffer that can be resized', () => {
    const buffer: unknown = Reflect.construct(ArrayBuffer, [1, { maxByteLength: 2 }])
    expect(() => codec.encode(buffer)).toThrow('an ArrayBuffer that can be resized')
  })
})

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}
