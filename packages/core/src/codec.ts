import type { Awaitable, Bytes, Header, Mark } from './contract.js'

/** What a codec made: bytes that nobody else holds, and which of its forms they are in. */
export interface Coded {
  readonly bytes: Bytes
  /** Handed back to `decode`; for codecs with more than one form. */
  readonly form: string
}

/**
 * Turns values into bytes and back. It throws `INVALID_VALUE` with the path to what it cannot carry exactly,
 * and `CORRUPT` (or anything) for bytes that it did not write. It works at once: no promises, so that a value
 * changed after the call is stored as it was.
 */
export interface Codec<in out V = unknown> {
  /** Stored in each entry, so that entries of another codec are never misread. Never reused for another format. */
  readonly name: string
  encode(value: V): Bytes | Coded
  decode(bytes: Bytes, form: string | undefined): V
}

/** What a byte layer knows of the entry it works on. */
export interface ValueContext {
  readonly key: string
  readonly header: Pick<Header, 'createdAt' | 'staleAt' | 'expiresAt' | 'keptUntil' | 'kind' | 'version'>
}

/** One step from bytes to bytes: compression, a checksum, encryption. Wrapped into a layer by `values`. */
export interface Coding {
  readonly name: string
  /** The new bytes and the mark to read them again by; `undefined` leaves the value as it is, unmarked. */
  encode(value: Bytes, context: ValueContext): Awaitable<{ readonly value: Bytes; readonly mark: Mark } | undefined>
  /** Called for values that bear the mark. Throwing makes the entry damaged. */
  decode(value: Bytes, mark: Mark, context: ValueContext): Awaitable<Bytes>
  /** Whether an entry without the mark is damaged (a layer that protects) or older than the layer. Default false. */
  readonly required?: boolean | undefined
  /** Whether it may answer with promises; then nothing behind it answers at once. Default false. */
  readonly async?: boolean | undefined
  /** Whether what it makes depends on the context, so that a changed lifetime needs it made anew. Default false. */
  readonly bindsHeader?: boolean | undefined
  /**
   * By how many bytes at most it makes a value longer, as a checksum or encryption does. The store then takes values
   * that are shorter by so many. Default 0.
   */
  readonly grows?: number | undefined
  /** How it takes part in streams; without it, `getStream` and `setStream` are refused. */
  readonly streams?: StreamCoding | undefined
}

export interface StreamCoding {
  encode(
    body: ReadableStream<Bytes>,
    context: ValueContext,
  ): { readonly body: ReadableStream<Bytes>; readonly mark: Mark }
  decode(body: ReadableStream<Bytes>, mark: Mark, context: ValueContext): ReadableStream<Bytes>
}
