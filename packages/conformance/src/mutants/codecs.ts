import { type Bytes, CacheError, type Codec, type Coded, json } from '@cachette/core'
import { codecMutant, type Mutant } from './mutant.js'

const text = new TextEncoder()

const asText = (bytes: Bytes): string => new TextDecoder().decode(bytes)

const right = json()

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

function bytesOf(coded: Bytes | Coded): Bytes {
  return coded instanceof Uint8Array ? coded : coded.bytes
}

/** Passes through `JSON` what it takes, whatever becomes of it. */
const asItIs: Pick<Codec, 'encode' | 'decode'> = {
  encode: (value) => text.encode(JSON.stringify(value) ?? 'null'),
  decode: (bytes): unknown => JSON.parse(asText(bytes)),
}

/** A correct codec, but for what is put in place of its parts. */
function broken(breaks: Partial<Codec>): () => Pick<Codec, 'encode' | 'decode'> {
  return () => ({ encode: right.encode, decode: right.decode, ...breaks })
}

/** Always the same bytes, written over by each value. */
function reusedBuffer(): Pick<Codec, 'encode' | 'decode'> {
  const buffer = new Uint8Array(1024 * 1024)
  return {
    decode: (bytes) => right.decode(bytes, undefined),
    encode: (value) => {
      const coded = bytesOf(right.encode(value))
      if (coded.length > buffer.length) return coded
      buffer.set(coded)
      return buffer.subarray(0, coded.length)
    },
  }
}

export const CODEC_MUTANTS: readonly Mutant[] = [
  codecMutant(
    'takes-json-as-it-is',
    'V5',
    'Drops undefined, and makes null of NaN and text of dates, as most peers do.',
    () => asItIs,
  ),
  codecMutant('guesses-types', 'V5', 'Gives numbers for texts that look like them, as unstorage does.', () => ({
    encode: (value) => (typeof value === 'string' ? text.encode(value) : asItIs.encode(value)),
    decode: (bytes): unknown => {
      try {
        return JSON.parse(asText(bytes))
      } catch {
        return asText(bytes) // Whatever is no JSON is text.
      }
    },
  })),
  codecMutant(
    'revives-dates',
    'V5',
    'Makes dates of all texts that begin like one.',
    broken({ decode: (bytes, form) => revived(right.decode(bytes, form), /^\d{4}/) }),
  ),
  codecMutant(
    'revives-iso-dates',
    'V5',
    'Makes dates of texts that are what dates become in JSON.',
    broken({ decode: (bytes, form) => revived(right.decode(bytes, form), ISO_DATE) }),
  ),
  codecMutant('remembers-what-it-read', 'V5', 'Gives the same object again for the same bytes.', () => {
    const read = new Map<string, unknown>()
    return {
      encode: right.encode,
      decode: (bytes, form) => {
        const text = asText(bytes)
        if (!read.has(text)) read.set(text, right.decode(bytes, form))
        return read.get(text)
      },
    }
  }),
  codecMutant(
    'reads-in-place',
    'V5',
    'Changes the bytes that it reads.',
    broken({
      decode: (bytes, form) => {
        const value = right.decode(bytes.slice(), form)
        bytes.reverse()
        return value
      },
    }),
  ),
  codecMutant(
    'refuses-without-a-path',
    'V5',
    'Says that something cannot be stored, and not what.',
    broken({
      encode: (value) => {
        try {
          return right.encode(value)
        } catch (error) {
          throw new CacheError('INVALID_VALUE', 'the value cannot be stored', { cause: error })
        }
      },
    }),
  ),
  codecMutant(
    'refuses-with-any-error',
    'V5',
    'Throws what its library throws.',
    broken({
      encode: (value) => {
        try {
          return right.encode(value)
        } catch {
          throw new TypeError('cannot serialise') // The failure of a library, in place of a typed one.
        }
      },
    }),
  ),
  codecMutant(
    'empties-what-it-encodes',
    'V5',
    'Changes what it was given on the way.',
    broken({
      encode: (value) => {
        const coded = right.encode(value)
        if (Array.isArray(value)) value.length = 0
        return coded
      },
    }),
  ),
  codecMutant('reuses-its-buffer', 'V5', 'Gives bytes that the next value overwrites.', reusedBuffer),
  codecMutant('merges-into-objects', 'V5', 'Copies names one by one, so that __proto__ is one no more.', () => ({
    encode: (value) => asItIs.encode(value),
    decode: (bytes) => copied(asItIs.decode(bytes, undefined)),
  })),
  codecMutant(
    'gives-nothing-for-damage',
    'V6',
    'Takes what it cannot read for a miss.',
    broken({
      decode: (bytes, form) => {
        try {
          return right.decode(bytes, form)
        } catch {
          return undefined // The damage that is a miss here.
        }
      },
    }),
  ),
  codecMutant('ignores-the-form', 'V6', 'Reads every form as if it were the one that it likes best.', () => ({
    encode: (value) => ({ bytes: bytesOf(right.encode(value)), form: 'text' }),
    decode: (bytes) => asText(bytes),
  })),
  codecMutant(
    'changes-every-object',
    'V6',
    'Leaves a mark on the prototype of all objects when bytes are forged.',
    broken({
      decode: (bytes, form) => {
        if (bytes.includes(0xff))
          Object.defineProperty(Object.prototype, `polluted${bytes.length}`, { value: 1, configurable: true })
        return right.decode(bytes, form)
      },
    }),
  ),
]

function revived(value: unknown, date: RegExp): unknown {
  if (typeof value === 'string') return date.test(value) ? new Date(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => revived(inner, date))
  for (const [name, inner] of Object.entries(value)) Reflect.set(value, name, revived(inner, date))
  return value
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copied)
  const copy: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value)) copy[name] = copied(inner)
  return copy
}
