import { type Bytes, CacheError, type Codec, type Entry, type Found, type Header, type Traits } from '@cachette/core'
import { shownKey } from './shown-key.js'

/** Makes of what one store gave what another takes. */
export type Convert = (found: Found<unknown>, key: string) => Entry<unknown>

/** The mark under which a cache notes the codec of an entry, and its form behind a slash. */
const CODEC_MARK = 'codec'

/** Marks that say nothing about bytes. */
const HEADER_MARKS = ['sliding']

const NOTHING: Bytes = new Uint8Array(0)

/** By what the two stores keep. Refused at once where they differ and there is no codec. */
export function conversion(from: Traits['values'], to: Traits['values'], codec: Codec | undefined): Convert {
  if (from === to) return copied
  if (codec === undefined) {
    const why = `one store keeps ${from === 'any' ? 'values' : 'bytes'} and the other ${to === 'any' ? 'values' : 'bytes'}`
    throw new CacheError('UNSUPPORTED', `${why}: a codec is needed to make one of the other`)
  }
  return from === 'any' ? (found, key) => encoded(found, key, codec) : (found, key) => decoded(found, key, codec)
}

export function headerOf(found: Header): Header {
  const { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size } = found
  return { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size }
}

function copied(found: Found<unknown>): Entry<unknown> {
  return { ...headerOf(found), value: found.value }
}

function encoded(found: Found<unknown>, key: string, codec: Codec): Entry<unknown> {
  const header = headerOf(found)
  if (found.kind === 'tombstone') return { ...header, value: NOTHING, size: 0 }
  const coded = named(key, () => codec.encode(found.value))
  const bytes = coded instanceof Uint8Array ? coded : coded.bytes
  const mark = coded instanceof Uint8Array ? codec.name : `${codec.name}/${coded.form}`
  return { ...header, value: bytes, marks: { ...header.marks, [CODEC_MARK]: mark }, size: bytes.byteLength }
}

function decoded(found: Found<unknown>, key: string, codec: Codec): Entry<unknown> {
  const { [CODEC_MARK]: mark, ...marks } = found.marks
  const header = { ...headerOf(found), marks }
  if (found.kind === 'tombstone') return { ...header, value: undefined }
  const other = Object.keys(marks).find((name) => !HEADER_MARKS.includes(name))
  if (other !== undefined) throw refused(key, `its bytes bear the mark of ${other}, which a codec cannot undo`)
  const name = String(mark)
  const form = name.startsWith(`${codec.name}/`) ? name.slice(codec.name.length + 1) : undefined
  if (form === undefined && name !== codec.name)
    throw refused(key, `it is an entry of the codec ${name}, not ${codec.name}`)
  const { value } = found
  if (!(value instanceof Uint8Array)) throw refused(key, 'it has no bytes')
  return { ...header, value: named(key, () => codec.decode(value, form)) }
}

/** A codec knows the path to what it refuses, and not the key. */
function named<T>(key: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new CacheError('INVALID_VALUE', `the codec refuses the value of ${shownKey(key)}`, { cause })
  }
}

function refused(key: string, why: string): CacheError {
  return new CacheError('UNSUPPORTED', `${shownKey(key)}: ${why}`)
}
