import { createHash } from 'node:crypto'
import { MAX_KEY_BYTES, SEPARATOR } from '@cachette/core'

/** Begins what stands for a key that a cache does not take. No text holds this character. */
const INSTEAD = '\u{10ffff}'

/** In UTF-8. The other half of what a cache takes is left to its namespaces. */
const MAX_BYTES = MAX_KEY_BYTES / 2

/** Keyv takes any key, such as a long address: under what a cache has it. The key itself then goes with the value. */
export function placeOf(key: string): string {
  const fits = key !== '' && Buffer.byteLength(key) <= MAX_BYTES && key.isWellFormed()
  if (fits && !key.includes(SEPARATOR) && !key.startsWith(INSTEAD)) return key
  return INSTEAD + createHash('sha256').update(key, 'utf16le').digest('hex')
}

/** What is stored at that place. A text stays a text, since a cache may hold nothing else. */
export function storedFor(key: string, place: string, value: unknown): unknown {
  if (place === key) return value
  return typeof value === 'string' ? JSON.stringify([key, value]) : [key, value]
}

/** The key and the value of what is stored at a place. */
export function foundIn(place: string, stored: unknown): readonly [key: string, value: unknown] {
  if (!place.startsWith(INSTEAD)) return [place, stored]
  const pair: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored
  return Array.isArray(pair) ? [String(pair[0]), pair[1]] : [place, stored]
}
