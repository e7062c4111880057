import type { Bytes, Codec, Coded } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import { cbor } from '../src/cbor.js'
import { msgpack } from '../src/msgpack.js'

export const CODECS: readonly Codec[] = [msgpack(), cbor()]

export function codedOf(encoded: Bytes | Coded): Coded & { readonly plain: boolean } {
  if (encoded instanceof Uint8Array) return { bytes: encoded, form: '', plain: true }
  return { ...encoded, plain: false }
}

/** Through bytes that nobody else holds, and back. */
export function through(codec: Codec, value: unknown): unknown {
  const { bytes, form, plain } = codedOf(codec.encode(value))
  return codec.decode(Uint8Array.from(bytes), plain ? undefined : form)
}

const VIEWS: readonly (new (buffer: ArrayBuffer, from: number, items: number) => ArrayBufferView)[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]

/** Views into the middle of their buffers, and buffers. */
const binary: Arbitrary<unknown> = fc
  .tuple(fc.uint8Array({ minLength: 24, maxLength: 40 }), fc.constantFrom(...VIEWS), fc.nat(2), fc.boolean())
  .map(([bytes, View, from, whole]) => {
    const { buffer } = Uint8Array.from(bytes)
    return whole ? buffer : new View(buffer, from * 8, 1)
  })

const error: Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(Error, TypeError, RangeError, SyntaxError, URIError, EvalError), fc.string(), fc.anything())
  .map(([Made, message, cause]) => Object.assign(new Made(message, { cause }), { code: 'E_CODE' }))

const leaf: Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\ud800', '\udfff', 'a\ud800b', '\uFEFF', `\uFEFF${'x'.repeat(70)}`, '😀'.repeat(50)),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 63, 64, 127, 128, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, -(2 ** 32), 2 ** 53 + 2, undefined, null),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(2n ** 63n, -(2n ** 63n), 2n ** 64n, -(2n ** 64n), 1n, -1n, 0n, 2n ** 5_000n, -(2n ** 5_000n)),
  fc.date({ noInvalidDate: false }),
  fc.tuple(fc.constantFrom('a', '^\\d+$', '/'), fc.constantFrom('', 'g', 'giu', 'y')).map(([s, f]) => new RegExp(s, f)),
  fc.constantFrom(5, 'text', true, 7n).map((value): unknown => Object(value)),
  binary,
  error,
)

const name: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom(
    '__proto__',
    '__keys__',
    'constructor',
    'toJSON',
    'hasOwnProperty',
    'valueOf',
    'length',
    '',
    '1',
    '-1',
  ),
)

/** Whatever structured clone carries, nested, with cycles, shared parts and many objects of one shape. */
export const cloneable: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.sparseArray(tie('value'), { maxNumElements: 3, maxLength: 2_000 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    fc
      .array(fc.record({ id: fc.integer(), name: tie('value') }, { requiredKeys: ['id'] }), { maxLength: 6 })
      .map((rows) => ({ rows })),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    tie('value').map((item) => ({ first: item, again: item })),
    tie('value').map((item) => {
      const ring: unknown[] = [item]
      ring.push(ring, new Map([[ring, new Set([ring])]]))
      return ring
    }),
  ),
})).value
