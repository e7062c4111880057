import fc, { type Arbitrary } from 'fast-check'

/** Names that objects have by birth, and others that a careless codec takes for something else. */
const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'length',
  '',
  '0',
  '-0',
  'a.b',
  '\u0000',
]

/** Texts that a codec may take for what they look like. */
const LOOK_ALIKES = [
  '2020-01-01',
  '2020-01-01T00:00:00Z',
  '2020-01-01T00:00:00.000Z',
  '2020-01-01T00:00:00.000+02:00',
  '/Date(0)/',
  '0',
  '-1',
  '1e3',
  '12345678901234567890',
  '1n',
  'null',
  'undefined',
  'true',
  'NaN',
  'Infinity',
  '{}',
  '[]',
  '"a"',
  'AQID',
  'data:;base64,AQID',
  'base64:AQID',
]

/** Half of a pair: no UTF-8 stands for it. */
const LONE_SURROGATES = ['\ud800', '\udfff', 'a\ud800b', '\udc00\ud800']

const DEEP = 200
/** More than a function that calls itself for each level gets through. */
const BOTTOMLESS = 50_000
const HUGE = 70_000

const name: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_NAMES) },
)

const plainLeaf: Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.oneof(
    fc.constantFrom(...LOOK_ALIKES),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
)

/** What every codec for general values carries: what JSON does, short of its traps. */
export const plainValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    plainLeaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      name.filter((each) => each !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value

const TYPED = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const

const binary: Arbitrary<unknown> = fc
  .tuple(fc.uint8Array({ maxLength: 48 }), fc.constantFrom(...TYPED), fc.constantFrom('whole', 'part', 'buffer'))
  .map(([bytes, Typed, what]) => {
    const whole = bytes.slice(0, bytes.length - (bytes.length % 8)).slice()
    if (what === 'buffer') return whole.buffer
    const typed = new Typed(whole.buffer)
    return what === 'part' && typed.length > 1 ? typed.subarray(1) : typed
  })

const error: Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(Error, TypeError, RangeError), fc.string(), fc.option(fc.string(), { nil: undefined }))
  .map(([Kind, message, cause]) => (cause === undefined ? new Kind(message) : new Kind(message, { cause })))

const regularExpression: Arbitrary<unknown> = fc
  .tuple(fc.constantFrom('a', '[\\/]', '^\\d+$', '(?:)', '\u{1f600}'), fc.subarray(['g', 'i', 'm', 's', 'u', 'y']))
  .map(([source, flags]) => new RegExp(source, flags.join('')))

const trickyLeaf: Arbitrary<unknown> = fc.oneof(
  plainLeaf,
  fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, undefined),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 53, 2 ** 64, Number.MIN_VALUE, Number.MAX_VALUE),
  fc.bigInt(),
  fc.constantFrom(...LONE_SURROGATES),
  fc.date({ noInvalidDate: false }),
  regularExpression,
  error,
  binary,
)

const sparse = <T>(item: Arbitrary<T>): Arbitrary<unknown> => fc.sparseArray(item, { maxNumElements: 3, maxLength: 9 })

/** Everything that the structured clone algorithm carries, nested in one another, under hostile names. */
export const cloneableValue: Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    trickyLeaf,
    fc.array(tie('value'), { maxLength: 4 }),
    sparse(tie('value')),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
    tie('value').map((item) => [item, item]),
    tie('value').map(cyclic),
  ),
})).value

function cyclic(item: unknown): unknown {
  const ring: { item: unknown; self?: unknown; list?: unknown } = { item }
  ring.self = ring
  ring.list = [ring, item]
  return ring
}

class Point {
  readonly x = 1
}

/** Values of one kind each, that careless codecs change: made anew for every use. */
export const TRICKY_VALUES: Readonly<Record<string, () => unknown>> = {
  'undefined inside an object': () => ({ a: undefined }),
  'undefined inside an array': () => [undefined],
  'a hole': () => new Array<unknown>(1),
  'an array with a name': () => Object.assign([1], { name: 1 }),
  'an instance of a class': () => new Point(),
  'an object without a prototype': () => Object.assign(Object.create(null), { a: 1 }) as unknown,
  'an own __proto__': () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  'an object with toJSON': () => ({ toJSON: () => 1 }),
  'a value shaped like an extension': () => ({ type: 1, data: [1, 2, 3], $type: 'Date' }),
  'a date': () => new Date(1),
  'an invalid date': () => new Date(Number.NaN),
  'a map under an object': () => new Map([[{ a: 1 }, 1]]),
  'a boxed number': () => Object(1) as unknown,
  'a function': () => () => 1,
  'a symbol': () => Symbol('a'),
  'a promise': () => Promise.resolve(1),
  'a weak map': () => new WeakMap(),
  'a lone surrogate as a name': () => ({ '\ud800': 1 }),
  'a long string': () => 'x'.repeat(HUGE),
  'a long array': () => Array.from({ length: HUGE }, (_, index) => index),
  'a deep object': () => deep(DEEP, (inner) => ({ inner })),
  'a deep array': () => deep(DEEP, (inner) => [inner]),
  'a bottomless array': () => deep(BOTTOMLESS, (inner) => [inner]),
}

function deep(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = wrap(value)
  return value
}
