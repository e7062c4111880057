import { andThen, isPromise } from '../awaitable.js'
import type { Codec, Coded, Coding } from '../codec.js'
import type { Awaitable, Bytes, Entry, Found, Header, Marks } from '../contract.js'
import { CacheError, isCacheError, textOf } from '../errors.js'
import { shown } from '../options.js'
import { decodeBytes, encodeEntry } from '../values.js'

/** A value as it was at the moment of the call: nothing that happens to it later changes this. */
export interface Sealed<S> {
  readonly value: S
  readonly marks: Marks
  readonly size: number
}

/** What turns values into what the store holds, and back. */
export interface Pipeline<V, S> {
  /** At once; throws `INVALID_VALUE` for what cannot be stored exactly. */
  seal(value: V): Sealed<S>
  /** A copy of what was sealed, for a caller that shares another's load. By reference, the value itself. */
  unseal(sealed: Sealed<S>): V
  /** Names what it does to values: two that have one name read each other's. */
  readonly name: string
  /** Whether it may take its time. */
  readonly async: boolean
  /** Whether `decode` gives the value itself and never a promise. */
  readonly ready: boolean
  /** The rest of the way in, which may take its time. */
  encode(header: Header, sealed: Sealed<S>, key: string): Awaitable<Entry<S>>
  decode(found: Found<S>, key: string): Awaitable<V>
  /** The same value under another header; encoded anew where what was made of it hangs on the header. */
  rehead(found: Found<S>, header: Header, key: string): Awaitable<Entry<S>>
}

/** Shared by all entries without marks, so that they can be told by it. */
export const NO_MARKS: Marks = /* @__PURE__ */ Object.freeze({})

/** Values as they are. `weigh` says how large one is. */
export function byReference<V>(weigh: (value: V) => number): Pipeline<V, V> {
  return {
    name: '',
    async: false,
    ready: true,
    seal(value) {
      checkPresent(value)
      return { value, marks: NO_MARKS, size: weigh(value) }
    },
    unseal: (sealed) => sealed.value,
    encode: (header, sealed) => entryOf(header, sealed),
    decode: (found) => storedValue(found),
    rehead: (found, header) => ({ ...header, value: storedValue(found) }),
  }
}

/** The mark under which an entry names its codec, and the form that the codec gave it. */
export const CODEC_MARK = 'codec'

/** What a value that was stored as a stream bears in place of a codec's name. */
export const STREAM_MARKS = /* @__PURE__ */ Object.freeze({ codec: 'stream' })

/** Values through a codec, then through byte layers, from left to right. */
export function byCodec<V>(codec: Codec<V>, codings: readonly Coding[]): Pipeline<V, Bytes> {
  const marksOf = rememberedMarks(codec.name)
  const plain: Marks = marksOf(undefined)

  const encoded = (value: V): Bytes | Coded => {
    try {
      const coded = codec.encode(value)
      if (typeof coded === 'object' && coded !== null && !isPromise(coded)) return coded
      throw unfitFor(codec, `expected it to give bytes, at once, got ${shown(coded)}`)
    } catch (error) {
      throw isCacheError(error) ? error : unfitFor(codec, textOf(error), error)
    }
  }
  const seal = (value: V): Sealed<Bytes> => {
    checkPresent(value)
    const coded = encoded(value)
    if (coded instanceof Uint8Array) return { value: coded, marks: plain, size: coded.byteLength }
    const { bytes, form } = coded
    if (!(bytes instanceof Uint8Array)) throw unfitFor(codec, `expected it to give bytes, got ${shown(bytes)}`)
    return { value: bytes, marks: marksOf(form), size: bytes.byteLength }
  }
  const opened = (marks: Marks, bytes: Bytes): V => {
    const mark = String(marks[CODEC_MARK])
    if (mark === codec.name) return codec.decode(bytes, undefined)
    if (mark.startsWith(`${codec.name}/`)) return codec.decode(bytes, mark.slice(codec.name.length + 1))
    refuseStream(marks)
    throw new CacheError('CORRUPT', `an entry of the codec ${mark}, read with ${codec.name}`, { source: codec.name })
  }
  const encodeFrom = (entry: Entry, key: string): Awaitable<Entry> =>
    codings.reduce<Awaitable<Entry>>((done, coding) => andThen(done, (next) => encodeEntry(coding, next, key)), entry)
  const decodeTo = (found: Found, key: string): Awaitable<Bytes> =>
    codings.reduceRight<Awaitable<Bytes>>(
      (done, coding) => andThen(done, (bytes) => decodeBytes(coding, bytes, found, key)),
      storedValue(found),
    )
  const bound = codings.some((coding) => coding.bindsHeader === true)
  const names = new Set(codings.map((coding) => coding.name))

  return {
    name: [codec.name, ...codings.map((coding) => coding.name)].join(),
    async: codings.some((coding) => coding.async === true),
    ready: codings.length === 0,
    seal,
    unseal: (sealed) => opened(sealed.marks, sealed.value),
    encode: (header, sealed, key) =>
      codings.length === 0 ? entryOf(header, sealed) : encodeFrom(entryOf(header, sealed), key),
    decode(found, key) {
      if (codings.length === 0) return opened(found.marks, storedValue(found))
      // What codings made of a stream is not what they make of a value: it would look damaged.
      refuseStream(found.marks)
      return andThen(decodeTo(found, key), (bytes) => opened(found.marks, bytes))
    },
    rehead(found, header, key) {
      if (!bound) return { ...header, value: storedValue(found) }
      refuseStream(found.marks)
      return andThen(decodeTo(found, key), (bytes) => {
        const marks = Object.fromEntries(Object.entries(header.marks).filter(([name]) => !names.has(name)))
        return encodeFrom({ ...header, marks, value: bytes, size: bytes.byteLength }, key)
      })
    },
  }
}

/** One frozen object for each form, so that entries share them. */
function rememberedMarks(codec: string): (form: string | undefined) => Marks {
  const known = new Map<string | undefined, Marks>()
  return (form) => {
    let marks = known.get(form)
    if (marks === undefined) {
      marks = Object.freeze({ [CODEC_MARK]: form === undefined ? codec : `${codec}/${form}` })
      known.set(form, marks)
    }
    return marks
  }
}

function refuseStream(marks: Marks): void {
  if (marks[CODEC_MARK] !== STREAM_MARKS.codec) return
  const remedy = 'the entry was stored as a stream; read it with getStream'
  throw new CacheError('UNSUPPORTED', remedy, { operation: 'read' })
}

function entryOf<S>(header: Header, sealed: Sealed<S>): Entry<S> {
  const { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags } = header
  const marks = header.marks === NO_MARKS ? sealed.marks : { ...header.marks, ...sealed.marks }
  return {
    createdAt,
    staleAt,
    expiresAt,
    keptUntil,
    version,
    kind,
    tags,
    marks,
    size: sealed.size,
    value: sealed.value,
  }
}

function storedValue<S>(found: Found<S>): S {
  if (found.value !== undefined) return found.value
  throw new CacheError('BACKEND', 'the store gave a header where the value was asked for')
}

/** `undefined` is what a miss looks like, and a promise is nearly always a forgotten `await`. */
export function checkPresent(value: unknown): void {
  if (value === undefined) throw unfit('undefined means that nothing is there; store null, or delete the key', value)
  if (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function') {
    throw unfit('await the promise and store what it gives', value)
  }
}

function unfitFor(codec: Pick<Codec, 'name'>, why: string, cause?: unknown): CacheError {
  return new CacheError('INVALID_VALUE', `the codec ${codec.name}: ${why}`, { source: codec.name, cause })
}

function unfit(remedy: string, value: unknown): CacheError {
  return new CacheError(
    'INVALID_VALUE',
    `expected a value, got ${value === undefined ? 'undefined' : 'a promise'}: ${remedy}`,
    {
      details: { path: 'value' },
    },
  )
}
