import { CacheError } from './errors.js'

/** Separates the segments of a namespaced key: SYMBOL FOR UNIT SEPARATOR, refused inside keys and names. */
export const SEPARATOR = '\u241f'

/** What a handle takes, namespace included, and what a store takes, for what layers add. In UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024
export const MAX_STORE_KEY_BYTES = 1536

/** A UTF-16 unit is at most three bytes of UTF-8, so shorter strings need no counting. */
const BYTES_PER_UNIT = 3

export function utf8Length(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3
    else {
      bytes += 4
      index += 1
    }
  }
  return bytes
}

/** The key that was last found good: what a handle has checked, its store need not check again (12 % of a read). */
let lastGood = ''

/** A key as stores take them, separators included. */
export function checkStoreKey(key: string): void {
  if (key === lastGood && key !== '') return
  if (!isPlain(key) && !fits(key, MAX_STORE_KEY_BYTES)) refuse(key, MAX_STORE_KEY_BYTES)
}

/** A key as people give it, made whole with its namespace's prefix; `room` is what that leaves of the limit. */
export function wholeKey(prefix: string, key: string, room: number): string {
  if (!(isPlain(key) && key.length <= room)) checkKey(key, room)
  lastGood = prefix === '' ? key : prefix + key
  return lastGood
}

/** A key, or a namespace's name, as people give it. */
export function checkKey(key: string, room: number = MAX_KEY_BYTES): void {
  if (!fits(key, room) || key.includes(SEPARATOR)) refuse(key, room)
}

/** Longer keys are left to the engine's own searches, which look at many units at a time. */
const MAX_PLAIN_UNITS = 64

/** Nearly every key: short, and ASCII alone, so that nothing else about it can be wrong. */
function isPlain(key: string): boolean {
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_PLAIN_UNITS) return false
  for (let index = 0; index < key.length; index += 1) if (key.charCodeAt(index) > 0x7f) return false
  return true
}

function fits(key: string, maxBytes: number): boolean {
  if (typeof key !== 'string' || key.length === 0 || !key.isWellFormed()) return false
  return key.length * BYTES_PER_UNIT <= maxBytes || (key.length <= maxBytes && utf8Length(key) <= maxBytes)
}

function refuse(key: unknown, maxBytes: number): never {
  throw new CacheError('INVALID_KEY', `expected ${expectation(key, maxBytes)}`, { details: { maxBytes } })
}

function expectation(key: unknown, maxBytes: number): string {
  if (typeof key !== 'string') return `a string, got ${key === null ? 'null' : typeof key}`
  if (key.length === 0) return 'a key of at least one character, got an empty string'
  if (!key.isWellFormed()) return `a well-formed string, got a lone surrogate in ${shown(key)}`
  if (utf8Length(key) > maxBytes) return `at most ${maxBytes} UTF-8 bytes, got ${utf8Length(key)} in ${shown(key)}`
  return `a key without U+241F, which separates namespaces, got ${shown(key)}`
}

/** Keys may be long and may be secrets: errors show their beginning alone. */
function shown(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)
}

/** The text up to and with the last separator: the namespace, which layers that rename keys leave alone. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.lastIndexOf(SEPARATOR) + 1)
}

/** Whether a prefix ends where a namespace does, so that stores without scans can clear it. */
export function isBoundary(prefix: string): boolean {
  return prefix === '' || prefix.endsWith(SEPARATOR)
}
