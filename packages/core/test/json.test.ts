import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Bytes } from '../src/contract.js'
import { json } from '../src/json.js'
import { expectCode, thrownBy } from './support/failures.js'

const codec = json()

interface Coded {
  readonly bytes: Bytes
  readonly form: string | undefined
}

function encode(value: unknown): Coded {
  const coded = codec.encode(value)
  return coded instanceof Uint8Array ? { bytes: coded, form: undefined } : coded
}

function roundTrip(value: unknown): unknown {
  const { bytes, form } = encode(value)
  return codec.decode(bytes, form)
}

const utf8 = (text: string): Bytes => new TextEncoder().encode(text)
const pathOf = (value: unknown): unknown => thrownBy(() => codec.encode(value)).details['path']

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = null
  for (let level = 0; level < levels; level += 1) value = wrap(value)
  return value
}

class User {
  readonly name = 'Ada'
}

const anyKey = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'toJSON', 'constructor', '0', ''))

const jsonValue = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(anyKey, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value

describe('what JSON can say', () => {
  it('comes back as it was', () => {
    fc.assert(
      // vitest's own equality does not look at an own `__proto__`.
      fc.property(jsonValue, (value) => isDeepStrictEqual(roundTrip(value), value)),
    )
  })

  it('is written as JSON writes it, but for texts and bytes', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const { bytes, form } = encode(value)
        const expected = form === 'text' ? value : JSON.stringify(value)
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)).toBe(expected)
      }),
    )
  })

  it('comes back with every own __proto__ in its place', () => {
    const value = JSON.parse('{"__proto__":{"polluted":true},"list":[{"__proto__":1}]}') as object
    const back = roundTrip(value)
    expect(JSON.stringify(back)).toBe(JSON.stringify(value))
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype)
    expect(back).not.toHaveProperty('polluted')
  })

  it.each(['null', 'false', '0', '""', '[]', '{}', '-1.5e-7', '"é"'])('%s too', (text) => {
    expect(roundTrip(JSON.parse(text))).toStrictEqual(JSON.parse(text))
  })

  it('is as deep as 1,000 levels', () => {
    for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
      const text = JSON.stringify(nested(1000, wrap))
      expect(JSON.stringify(roundTrip(nested(1000, wrap))) === text).toBe(true)
    }
  })

  it('may be referred to twice, and comes back as two', () => {
    const shared = { a: 1 }
    expect(roundTrip([shared, { shared }])).toEqual([{ a: 1 }, { shared: { a: 1 } }])
  })

  it('may be what an accessor gives', () => {
    const value = {
      get name() {
        return 'Ada'
      },
    }
    expect(roundTrip(value)).toStrictEqual({ name: 'Ada' })
  })

  it('may come from another realm', () => {
    expect(roundTrip(runInNewContext('({ a: [1, { b: 2 }] })'))).toStrictEqual({ a: [1, { b: 2 }] })
  })
})

describe('texts', () => {
  it('are stored as they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => text.isWellFormed()),
        (text) => {
          const { bytes, form } = encode(text)
          expect(form).toBe('text')
          expect([...bytes]).toEqual([...utf8(text)])
          expect(codec.decode(bytes, form)).toBe(text)
        },
      ),
    )
  })

  it.each(['\ufeffwith a byte order mark', 'x'.repeat(100_000), 'é'.repeat(3_000), 'short, é'])(
    'come back: %.20s',
    (text) => {
      expect(roundTrip(text) === text).toBe(true)
    },
  )

  it('with lone surrogates go through JSON', () => {
    expect(encode('a\ud800b').form).toBeUndefined()
    expect(roundTrip('a\ud800b')).toBe('a\ud800b')
    expect(roundTrip({ '\udc00': ['\ud800'] })).toEqual({ '\udc00': ['\ud800'] })
  })
})

describe('bytes', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('are stored as they are, and nobody else holds them', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        const { bytes, form } = encode(value)
        expect(form).toBe('bytes')
        expect(bytes).not.toBe(value)
        const before = [...value]
        value.fill(0)
        const back = codec.decode(bytes, form)
        bytes.fill(1)
        expect(back).toStrictEqual(Uint8Array.from(before))
      }),
    )
  })

  it('of a Buffer come back as a Buffer', () => {
    const back = roundTrip(Buffer.from('abc'))
    expect(Buffer.isBuffer(back)).toBe(true)
    expect(back).toEqual(Buffer.from('abc'))
  })

  it('of a Buffer come back as a Uint8Array where there is no Buffer', () => {
    const { bytes, form } = encode(Buffer.from('abc'))
    vi.stubGlobal('Buffer', undefined)
    expect(codec.decode(bytes, form)).toStrictEqual(utf8('abc'))
    expect(encode(utf8('abc')).form).toBe('bytes')
  })

  it('of a class of their own are refused', () => {
    class Packet extends Uint8Array {}
    expectCode(() => codec.encode(new Packet(1)), 'INVALID_VALUE', /an instance of Packet at value$/)
  })

  it('in a buffer are stored apart from it', () => {
    const whole = Uint8Array.of(1, 2, 3, 4)
    expect(roundTrip(whole.subarray(1, 3))).toStrictEqual(Uint8Array.of(2, 3))
  })

  it('may be many', () => {
    const many = new Uint8Array(50_000).fill(3)
    expect(roundTrip(many)).toEqual(many)
  })
})

describe('what JSON would change or drop is refused', () => {
  const circular: { list: unknown[] } = { list: [] }
  circular.list.push(circular)
  const hidden = Object.defineProperty({ a: 1 }, 'b', { value: 2 })
  const named = Object.assign([1], { name: 1 })
  const hole = new Array<unknown>(2)

  it.each<[what: string, value: unknown, got: string, hint: boolean]>([
    ['a date', new Date(1), 'an instance of Date', true],
    ['an invalid date', new Date(Number.NaN), 'an instance of Date', true],
    ['a map', new Map(), 'an instance of Map', true],
    ['a set', new Set(), 'an instance of Set', true],
    ['a regular expression', /a/, 'an instance of RegExp', true],
    ['bytes inside', Uint8Array.of(1), 'an instance of Uint8Array', true],
    ['numbers in an array of their type', Float64Array.of(1), 'an instance of Float64Array', true],
    ['NaN', Number.NaN, 'NaN', true],
    ['Infinity', Number.POSITIVE_INFINITY, 'Infinity', true],
    ['-Infinity', Number.NEGATIVE_INFINITY, '-Infinity', true],
    ['a bigint', 1n, 'a bigint', true],
    ['undefined', undefined, 'undefined', true],
    ['-0', -0, '-0', false],
    ['a symbol', Symbol('a'), 'a symbol', false],
    ['a function', () => 1, 'a function', false],
    ['an instance of a class', new User(), 'an instance of User', false],
    ['an instance of a class without a name', new (class {})(), 'an instance of an unnamed class', false],
    [
      'a child of nothing nameable',
      Object.create(Object.create(null) as object),
      'an instance of an unnamed class',
      false,
    ],
    ['an object without a prototype', Object.create(null), 'an object without a prototype', false],
    ['a boxed number', Object(1), 'an instance of Number', false],
    ['a boxed string', Object('a'), 'an instance of String', false],
    ['a boxed boolean', Object(false), 'an instance of Boolean', false],
    ['a promise', Promise.resolve(), 'an instance of Promise', false],
    ['an error', new Error('a'), 'an instance of Error', false],
    ['an array of a class', new (class Rows extends Array<number> {})(), 'an instance of Rows', false],
    ['a symbol as a key', { [Symbol('a')]: 1 }, 'a symbol as a key', false],
    ['a symbol on an array', Object.assign([1], { [Symbol('a')]: 1 }), 'a symbol as a key', false],
    ['a property that JSON does not see', hidden, 'a property that is not enumerable', false],
    ['a name on an array', named, 'an array with other properties than items', false],
    ['a match', 'abc'.match(/b/), 'an array with other properties than items', false],
    ['too many levels', nested(1001, (inner) => [inner]), 'more than 1000 levels', false],
    ['endless levels', nested(50_000, (inner) => ({ inner })), 'more than 1000 levels', false],
  ])('%s', (_, value, got, hint) => {
    const error = thrownBy(() => codec.encode({ users: [1, { born: value }] }))
    expect(error.code).toBe('INVALID_VALUE')
    expect(error.details).toMatchObject({ got })
    expect(String(error.details['path'])).toMatch(/^value\.users\[1\]\.born/)
    expect(error.message).toContain(`json cannot carry ${got} at value.users[1].born`)
    expect(error.message.includes('msgpack() of @cachette/codecs/msgpack')).toBe(hint)
  })

  it('at the top too', () => {
    for (const value of [undefined, Number.NaN, 1n, new Date(), Symbol('a')]) expect(pathOf(value)).toBe('value')
  })

  it('with the place of a hole, and of what toJSON would hide', () => {
    expect(thrownBy(() => codec.encode([1, hole])).details).toEqual({ path: 'value[1][0]', got: 'a hole' })
    expect(thrownBy(() => codec.encode({ toJSON: () => 1 })).details).toEqual({
      path: 'value.toJSON',
      got: 'a function',
    })
    expect(roundTrip({ toJSON: 1 })).toEqual({ toJSON: 1 })
  })

  it('with the place where a cycle closes', () => {
    expect(thrownBy(() => codec.encode(circular)).details).toEqual({ path: 'value.list[0]', got: 'a cycle' })
  })

  it('with names that are no identifiers in quotes', () => {
    expect(pathOf({ 'a b': { '': { '0': { '"': undefined } } } })).toBe('value["a b"][""]["0"]["\\""]')
  })

  it('with a path of readable length', () => {
    expect(String(pathOf({ ['x'.repeat(1000)]: undefined })).length).toBeLessThan(220)
  })

  it('with the failure of whatever could not be read', () => {
    const cause = new Error('no')
    const value = {
      get broken(): never {
        throw cause
      },
    }
    expect(thrownBy(() => codec.encode(value))).toMatchObject({
      code: 'INVALID_VALUE',
      details: { path: 'value' },
      cause,
    })
  })

  it('where somebody taught all objects toJSON', () => {
    const prototype: { toJSON?: () => unknown } = Object.prototype
    prototype.toJSON = () => 'changed'
    try {
      expectCode(() => codec.encode({ a: 1 }), 'INVALID_VALUE')
      expectCode(() => codec.encode([1]), 'INVALID_VALUE')
    } finally {
      delete prototype.toJSON
    }
  })

  it('and what all objects inherit is nobody’s property', () => {
    const prototype: { inherited?: unknown } = Object.prototype
    prototype.inherited = () => 1
    try {
      expect(roundTrip({ a: 1 })).toEqual({ a: 1 })
    } finally {
      delete prototype.inherited
    }
  })
})

describe('bytes that json did not write', () => {
  it('are corrupt, or a value that JSON can say', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(undefined, 'text'), (bytes, form) => {
        let value: unknown
        try {
          value = codec.decode(bytes, form)
        } catch {
          expectCode(() => codec.decode(bytes, form), 'CORRUPT')
          return
        }
        expect(value).not.toBeUndefined()
      }),
    )
  })

  it.each<[string, Bytes, string | undefined]>([
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), undefined],
    ['no UTF-8 in a text', Uint8Array.of(0xed, 0xa0, 0x80), 'text'],
    ['no UTF-8 in a long text', new Uint8Array(100).fill(0xff), 'text'],
    ['nothing', new Uint8Array(0), undefined],
    ['cut short', utf8('{"a":'), undefined],
    ['with a tail', utf8('1 2'), undefined],
    ['with a byte order mark', utf8('\ufeff1'), undefined],
    ['of a form that there is not', utf8('1'), 'json'],
    ['of an empty form', utf8('1'), ''],
    ['too many levels', utf8('['.repeat(1001) + ']'.repeat(1001)), undefined],
    ['too many levels of objects', utf8(`${'{"a":'.repeat(1001)}1${'}'.repeat(1001)}`), undefined],
    ['endless levels', utf8('['.repeat(200_000) + ']'.repeat(200_000)), undefined],
  ])('%s', (_, bytes, form) => {
    expectCode(() => codec.decode(bytes, form), 'CORRUPT')
  })
})
