import type { Bytes, Found, Marks } from '@cachette/core'
import { type Random, seededRandom } from '../random.js'

const MEGABYTE = 1024 * 1024

/** How many bytes a write has: mostly few, now and then about a page or what a driver keeps inline, rarely a megabyte. */
export function anyLength(random: Random, most: number): number {
  const kind = random.below(100)
  if (kind < 5) return 0
  if (kind < 65) return Math.min(most, random.below(600))
  if (kind < 85) return Math.min(most, 3_900 + random.below(400))
  if (kind < 97) return Math.min(most, random.below(70_000))
  return Math.min(most, random.below(MEGABYTE + 1))
}

/**
 * Bytes that no other write has, at any of its places: a torn value, one of another key, and one put together from two
 * writes all show.
 */
export function bytesOf(key: string, write: number, length: number): Bytes {
  const words = new Uint32Array(Math.ceil(length / 4))
  const random = seededRandom(hashOf(`${key}#${write}#${length}`))
  const step = random.below(2 ** 31) * 2 + 1
  let word = random.below(2 ** 31)
  for (let index = 0; index < words.length; index += 1) {
    word = (word + step) | 0
    words[index] = Math.imul(word ^ (word >>> 15), 0x85ebca6b)
  }
  return new Uint8Array(words.buffer, 0, length)
}

/** Goes with each value, so that it says itself what it must be, also where it is empty. */
export function marksOf(write: number, length: number): Marks {
  return { write, length }
}

/** What was seen of a key: which write, or what is wrong with it. */
export type Sighting =
  | { readonly key: string; readonly write: number; readonly length: number }
  | { readonly key: string; readonly wrong: string }

export function sightingOf(key: string, found: Found): Sighting {
  const { write, length } = found.marks
  const { value } = found
  if (typeof write !== 'number' || typeof length !== 'number') return { key, wrong: 'an entry that nobody wrote' }
  if (value === undefined) return { key, wrong: `write ${nameOf(write)} without its value` }
  if (value.length !== length)
    return { key, wrong: `write ${nameOf(write)} with ${value.length} of its ${length} bytes` }
  const at = firstDifference(value, bytesOf(key, write, length))
  if (at >= 0) return { key, wrong: `write ${nameOf(write)} with another byte at ${at} of its ${length}` }
  return { key, write, length }
}

/** Writes are numbered through all rounds; people read the round and the place in it. */
const WRITES_OF_A_ROUND = 1_000_000

export function writeNumber(round: number, index: number): number {
  return round * WRITES_OF_A_ROUND + index
}

export function nameOf(write: number): string {
  return `#${Math.floor(write / WRITES_OF_A_ROUND)}.${write % WRITES_OF_A_ROUND}`
}

function firstDifference(a: Bytes, b: Bytes): number {
  if (Buffer.compare(a, b) === 0) return -1
  return a.findIndex((byte, index) => byte !== b[index])
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
