import fc, { type Arbitrary } from 'fast-check'
import { Broken } from '../check.js'
import { brief, code } from '../format.js'
import { cloneableValue, plainValue, TRICKY_VALUES } from './arbitraries.js'
import { type CodecCheck, type CodecLike, type CodecSubject, codecCheck } from './check.js'
import { anyHarm, harmed } from './harm.js'
import { codedOf, decodesOrThrows, encodedOrRefused, refusal, roundTrip } from './outcomes.js'
import { same, sameBytes } from './same.js'
import { spoil } from './spoil.js'

const tricky: Arbitrary<unknown> = fc.constantFrom(...Object.keys(TRICKY_VALUES)).map((name) => TRICKY_VALUES[name]?.())

const valuesOf = (subject: CodecSubject): Arbitrary<unknown> =>
  subject.values ?? fc.oneof({ weight: 4, arbitrary: cloneableValue }, { weight: 1, arbitrary: tricky })

const carriedBy = (subject: CodecSubject): Arbitrary<unknown> => subject.carries ?? plainValue

const madeOf = (value: unknown): string => `const value = ${code(value)}`

/** A value's way there and back, as the codec goes it: with a form or without. */
function thereAndBack(value: unknown, codec: CodecLike): readonly string[] {
  return [madeOf(value), ...encodes(value, codec), decodes(value, codec)]
}

function encodes(value: unknown, codec: CodecLike): readonly string[] {
  return hasForm(value, codec) ? ['const { bytes, form } = codec.encode(value)'] : ['const bytes = codec.encode(value)']
}

function decodes(value: unknown, codec: CodecLike): string {
  return hasForm(value, codec) ? 'codec.decode(bytes, form)' : 'codec.decode(bytes)'
}

function hasForm(value: unknown, codec: CodecLike): boolean {
  try {
    return codedOf(codec.encode(value)).form !== undefined
  } catch {
    return false // What is refused has none.
  }
}

export const CODEC_CHECKS: readonly CodecCheck[] = [
  codecCheck({
    law: 'V5',
    title: 'carries what it must',
    values: carriedBy,
    attempt(codec, value) {
      const back = roundTrip(codec, codec.encode(value))
      if (!same(value, back)) throw new Broken({ expected: brief(value), got: brief(back) })
    },
    calls: thereAndBack,
  }),
  codecCheck({
    law: 'V5',
    title: 'gives back what it was given, or refuses it with the path',
    values: valuesOf,
    attempt(codec, value) {
      const coded = encodedOrRefused(codec, value)
      if (coded === undefined) return
      const back = roundTrip(codec, coded)
      if (!same(value, back)) throw new Broken({ expected: `${brief(value)} or INVALID_VALUE`, got: brief(back) })
    },
    calls: thereAndBack,
  }),
  codecCheck({
    law: 'V5',
    title: 'names the place of what it refuses',
    values: valuesOf,
    attempt(codec, value) {
      if (refusal(codec, value) === undefined) return
      const path = refusal(codec, { outer: [0, value] })
      if (path === undefined) throw new Broken({ expected: 'INVALID_VALUE also inside an object', got: 'no refusal' })
      if (path.includes('outer') && path.includes('1')) return
      throw new Broken({ expected: 'a path that leads to outer[1]', got: JSON.stringify(path) })
    },
    calls: (value) => [madeOf(value), 'codec.encode({ outer: [0, value] })'],
  }),
  codecCheck({
    law: 'V5',
    title: 'leaves what it was given as it was',
    values: (subject) => fc.clone(carriedBy(subject), 2),
    attempt(codec, [value, twin]) {
      codec.encode(value)
      if (!same(value, twin)) throw new Broken({ expected: `${brief(twin)} untouched`, got: brief(value) })
    },
    calls: ([, twin]) => [madeOf(twin), 'codec.encode(value)', 'console.log(value)'],
  }),
  codecCheck({
    law: 'V5',
    title: 'gives bytes that nobody else holds',
    values: (subject) => fc.tuple(carriedBy(subject), carriedBy(subject)),
    attempt(codec, [value, other]) {
      const first = codedOf(codec.encode(value))
      const kept = first.bytes.slice()
      const second = codedOf(codec.encode(value))
      codec.encode(other)
      if (!sameBytes(first.bytes, kept))
        throw new Broken({ expected: 'bytes that stay', got: 'bytes that a later value overwrote' })
      second.bytes.fill(0)
      if (!sameBytes(first.bytes, kept))
        throw new Broken({ expected: 'bytes of its own for each value', got: 'shared bytes' })
      const back = codec.decode(first.bytes, first.form)
      first.bytes.fill(0)
      if (!same(value, back))
        throw new Broken({ expected: 'a value of its own', got: 'one that changes with the bytes' })
    },
    calls: ([value, other], codec) => [
      madeOf(value),
      ...encodes(value, codec),
      `codec.encode(${code(other)})`,
      `const back = ${decodes(value, codec)}`,
      'bytes.fill(0)',
      'console.log(back)',
    ],
  }),
  codecCheck({
    law: 'V5',
    title: 'gives a value of its own to everyone who reads',
    values: carriedBy,
    attempt(codec, value) {
      const { bytes, form } = codedOf(codec.encode(value))
      const [first, second] = [codec.decode(bytes.slice(), form), codec.decode(bytes.slice(), form)]
      if (!spoil(first)) return
      const third = codec.decode(bytes.slice(), form)
      if (same(value, second) && same(value, third)) return
      throw new Broken({ expected: 'a value for each decode', got: 'one that another reader has changed' })
    },
    calls: (value, codec) => [
      ...thereAndBack(value, codec).slice(0, -1),
      `const first = ${decodes(value, codec)}`,
      "if (Array.isArray(first)) first.push('changed')",
      "else first.changed = 'changed'",
      `console.log(${decodes(value, codec)})`,
    ],
  }),
  codecCheck({
    law: 'V5',
    title: 'leaves the bytes that it reads as they were',
    values: carriedBy,
    attempt(codec, value) {
      const { bytes, form } = codedOf(codec.encode(value))
      const read = bytes.slice()
      codec.decode(read, form)
      if (!sameBytes(read, bytes)) throw new Broken({ expected: 'the bytes untouched', got: brief(read) })
    },
    calls: (value, codec) => [...thereAndBack(value, codec), 'console.log(bytes)'],
  }),
  codecCheck({
    law: 'V6',
    title: 'survives bytes that it did not write',
    values: () => fc.tuple(fc.uint8Array({ maxLength: 96 }), fc.constantFrom(undefined, '', 'json', 'zz')),
    attempt(codec, [bytes, form]) {
      decodesOrThrows(codec, bytes.slice(), form)
    },
    calls: ([bytes, form]) => [`codec.decode(${code(bytes)}, ${code(form)})`],
  }),
  codecCheck({
    law: 'V6',
    title: 'survives its own bytes cut short, flipped and forged',
    values: (subject) => fc.tuple(carriedBy(subject), anyHarm),
    attempt(codec, [value, harm]) {
      const coded = codedOf(codec.encode(value))
      decodesOrThrows(codec, harmed(coded.bytes, harm), coded.form)
    },
    calls([value, harm], codec) {
      const coded = codedOf(codec.encode(value))
      return [`codec.decode(${code(harmed(coded.bytes, harm))}, ${code(coded.form)})`]
    },
  }),
  codecCheck({
    law: 'V6',
    title: 'refuses bytes of another form',
    values: carriedBy,
    attempt(codec, value) {
      const { bytes, form } = codedOf(codec.encode(value))
      if (form === undefined) return
      const back = decodesOrThrows(codec, bytes, `not ${form}`)
      if (back !== undefined)
        throw new Broken({ expected: 'a failure for a form it does not know', got: brief(back.value) })
    },
    calls: (value) => [
      madeOf(value),
      'const { bytes, form } = codec.encode(value)',
      "codec.decode(bytes, 'not ' + form)",
    ],
  }),
]
