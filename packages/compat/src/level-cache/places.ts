import { createHash } from 'node:crypto'
import { CacheError, type Header, MAX_STORE_KEY_BYTES, type Marks, SEPARATOR } from '@cachette/core'

/** Where an entry lies in the store, and what it has to say of itself there. */
export interface Place {
  readonly key: string
  readonly marks: Marks
}

/** The values are JSON as the codec `json` writes it, so that a cache of Cachette over the store reads them as well. */
export const CODEC_MARK = 'codec'
export const CODEC = 'json'
const MARKS: Marks = Object.freeze({ [CODEC_MARK]: CODEC })

/** The key itself, of an entry that lies under another. */
const KEY_MARK = 'level-cache'

/** Begins what a store's key has in place of one that it does not take. No text holds this character. */
const INSTEAD = '\u{10ffff}'

/** So that what goes before a key fits in front of any hash. A UTF-16 unit is at most three bytes of UTF-8. */
const MAX_NAMESPACE = 400
const MAX_PLAIN_UNITS = MAX_STORE_KEY_BYTES / 3

/** The text that goes before the keys of a namespace. */
export function prefixOf(namespace: string): string {
  if (namespace === '') return ''
  const prefix = namespace.toWellFormed() + SEPARATOR
  if (prefix.length <= MAX_NAMESPACE) return prefix
  throw new CacheError('INVALID_OPTION', `level-cache: expected a namespace of less than ${MAX_NAMESPACE} characters`)
}

/** The place of a whole key, its namespace included. Any will do: what a store does not take lies under its hash. */
export function placeOf(key: string): Place {
  const full = key.isWellFormed() ? key : key.toWellFormed()
  if (full !== '' && !full.includes(INSTEAD)) {
    if (full.length <= MAX_PLAIN_UNITS || Buffer.byteLength(full) <= MAX_STORE_KEY_BYTES)
      return { key: full, marks: MARKS }
  }
  // What stands before the hash is as much of the namespaces as any namespace can be, so that they can be listed.
  const begins = full.slice(0, full.lastIndexOf(SEPARATOR, MAX_NAMESPACE) + 1)
  const hash = createHash('sha256').update(full).digest('hex')
  return { key: begins + INSTEAD + hash, marks: { ...MARKS, [KEY_MARK]: full } }
}

/** The whole key of what lies there. */
export function keyOf(key: string, { marks }: Header): string {
  const own = marks[KEY_MARK]
  return typeof own === 'string' ? own : key
}
