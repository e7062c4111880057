import { type Bytes, type Codec, type Coded, isCacheError, type LawId } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import { Broken } from '../check.js'
import { brief } from '../format.js'
import { cloneableValue, plainValue, TRICKY_VALUES } from './arbitraries.js'
import { same, sameBytes } from './same.js'

/** The parts of a codec, whatever its values are. */
export type CodecLike<V = unknown> = Pick<Codec<V>, 'name' | 'encode' | 'decode'>

/** What an author supplies. */
export interface CodecSubject<V = unknown> {
  readonly name: string
  codec(): CodecLike<V>
  /** Values that it must carry, and never refuse. Default: whatever JSON carries without loss. */
  readonly carries?: Arbitrary<V> | undefined
  /** Values that it must carry or refuse. Default: whatever structured clone carries, and more. */
  readonly values?: Arbitrary<V> | undefined
}

export interface CodecCheck {
  readonly law: LawId
  readonly title: string
  /** Throws `Broken`; once for each of many values. */
  property(subject: CodecSubject, codec: CodecLike): fc.IProperty<[unknown]>
}

/** More than this for one small input is a hang in the making. */
const SLOW_MS = 1_000

const tricky: Arbitrary<unknown> = fc.constantFrom(...Object.keys(TRICKY_VALUES)).map((name) => TRICKY_VALUES[name]?.())

const valuesOf = (subject: CodecSubject): Arbitrary<unknown> =>
  subject.values ?? fc.oneof({ weight: 4, arbitrary: cloneableValue }, { weight: 1, arbitrary: tricky })

const carriedBy = (subject: CodecSubject): Arbitrary<unknown> => subject.carries ?? plainValue

export const CODEC_CHECKS: readonly CodecCheck[] = [
  {
    law: 'V5',
    title: 'carries what it must',
    property: (subject, codec) =>
      fc.property(carriedBy(subject), (value) => {
        const back = roundTrip(codec, codec.encode(value))
        if (!same(value, back)) throw new Broken({ expected: brief(value), got: brief(back) })
      }),
  },
  {
    law: 'V5',
    title: 'gives back what it was given, or refuses it with the path',
    property: (subject, codec) =>
      fc.property(valuesOf(subject), (value) => {
        const coded = encodedOrRefused(codec, value)
        if (coded === undefined) return
        const back = roundTrip(codec, coded)
        if (!same(value, back)) throw new Broken({ expected: `${brief(value)} or INVALID_VALUE`, got: brief(back) })
      }),
  },
  {
    law: 'V5',
    title: 'names the place of what it refuses',
    property: (subject, codec) =>
      fc.property(valuesOf(subject), (value) => {
        if (refusal(codec, value) === undefined) return
        const path = refusal(codec, { outer: [0, value] })
        if (path === undefined) throw new Broken({ expected: 'INVALID_VALUE also inside an object', got: 'no refusal' })
        if (path.includes('outer') && path.includes('1')) return
        throw new Broken({ expected: 'a path that leads to outer[1]', got: JSON.stringify(path) })
      }),
  },
  {
    law: 'V5',
    title: 'leaves what it was given as it was',
    property: (subject, codec) =>
      fc.property(fc.clone(carriedBy(subject), 2), ([value, twin]) => {
        codec.encode(value)
        if (!same(value, twin)) throw new Broken({ expected: `${brief(twin)} untouched`, got: brief(value) })
      }),
  },
  {
    law: 'V5',
    title: 'gives bytes that nobody else holds',
    property: (subject, codec) =>
      fc.property(fc.tuple(carriedBy(subject), carriedBy(subject)), ([value, other]) => {
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
      }),
  },
  {
    law: 'V6',
    title: 'survives bytes that it did not write',
    property: (_, codec) =>
      fc.property(
        fc.tuple(fc.uint8Array({ maxLength: 96 }), fc.constantFrom(undefined, '', 'json', 'zz')),
        ([bytes, form]) => {
          decodesOrThrows(codec, bytes, form)
        },
      ),
  },
  {
    law: 'V6',
    title: 'survives its own bytes cut short, flipped and forged',
    property: (subject, codec) =>
      fc.property(fc.tuple(carriedBy(subject), damage), ([value, hurt]) => {
        const coded = codedOf(codec.encode(value))
        decodesOrThrows(codec, hurt(coded.bytes), coded.form)
      }),
  },
  {
    law: 'V6',
    title: 'refuses bytes of another form',
    property: (subject, codec) =>
      fc.property(carriedBy(subject), (value) => {
        const coded = codec.encode(value)
        if (!('form' in coded) || coded instanceof Uint8Array) return
        const back = decodesOrThrows(codec, coded.bytes, `not ${coded.form}`)
        if (back !== undefined)
          throw new Broken({ expected: 'a failure for a form it does not know', got: brief(back.value) })
      }),
  },
]

/** Ways to damage bytes: the ends cut off, a bit turned, a run that looks like an enormous length. */
const damage: Arbitrary<(bytes: Bytes) => Bytes> = fc
  .record({
    how: fc.constantFrom('cut', 'flip', 'forge', 'append'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    bit: fc.integer({ min: 0, max: 7 }),
    fill: fc.constantFrom(0x00, 0x7f, 0x80, 0xc1, 0xff),
  })
  .map(({ how, at, bit, fill }) =>
    Object.assign(
      (bytes: Bytes): Bytes => {
        const place = Math.floor(at * bytes.length)
        const hurt = bytes.slice()
        if (how === 'cut') return hurt.subarray(0, place)
        if (how === 'append') return Uint8Array.of(...hurt, fill, fill)
        if (how === 'forge') return hurt.fill(fill, place, place + 5)
        hurt[place] = (hurt[place] ?? 0) ^ (1 << bit)
        return hurt
      },
      { [fc.toStringMethod]: () => `${how} at ${at}, bit ${bit}, fill ${fill}` },
    ),
  )

function codedOf(encoded: Bytes | Coded): { readonly bytes: Bytes; readonly form: string | undefined } {
  return encoded instanceof Uint8Array ? { bytes: encoded, form: undefined } : encoded
}

function roundTrip(codec: CodecLike, encoded: Bytes | Coded): unknown {
  const { bytes, form } = codedOf(encoded)
  return codec.decode(bytes.slice(), form)
}

function encodedOrRefused(codec: CodecLike, value: unknown): Bytes | Coded | undefined {
  try {
    return codec.encode(value)
  } catch (error) {
    pathOf(error)
    return undefined
  }
}

/** The path of a refusal; nothing where it was carried. */
function refusal(codec: CodecLike, value: unknown): string | undefined {
  try {
    codec.encode(value)
    return undefined
  } catch (error) {
    return pathOf(error)
  }
}

function pathOf(error: unknown): string {
  if (!isCacheError(error) || error.code !== 'INVALID_VALUE') {
    throw new Broken({
      expected: 'a refusal with INVALID_VALUE',
      got: error instanceof Error ? String(error) : brief(error),
    })
  }
  const path = error.details['path']
  if (typeof path === 'string') return path
  throw new Broken({ expected: 'a refusal with details.path', got: brief(error.details) })
}

/** The value, or nothing where it threw. Whatever it gave must be a value, and the world must be as it was. */
function decodesOrThrows(
  codec: CodecLike,
  bytes: Bytes,
  form: string | undefined,
): { readonly value: unknown } | undefined {
  const begun = performance.now()
  const before = new Set(Reflect.ownKeys(Object.prototype))
  const decoded = attempt(() => codec.decode(bytes, form))
  if (performance.now() - begun > SLOW_MS)
    throw new Broken({ expected: 'an answer at once', got: 'one after a second' })
  const added = Reflect.ownKeys(Object.prototype).filter((name) => !before.has(name))
  for (const name of added) Reflect.deleteProperty(Object.prototype, name)
  if (added.length > 0) throw new Broken({ expected: 'damage', got: 'a change to every object of the process' })
  if (decoded !== undefined && !isValue(decoded.value)) {
    throw new Broken({ expected: 'a failure, or a value', got: brief(decoded.value) })
  }
  return decoded
}

/** Whatever is thrown at damaged bytes says that they are damaged. */
function attempt<T>(run: () => T): { readonly value: T } | undefined {
  try {
    return { value: run() }
  } catch {
    return undefined
  }
}

function isValue(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol' && !(value instanceof Promise)
}
