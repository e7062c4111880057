import { createHash } from 'node:crypto'
import type { Awaitable } from '@cachette/core'

/** The longest name: stores take 250 bytes (Memcached) or 255 characters (MySQL), and some put a namespace before it. */
const MAX_NAME = 200

/** What entries are called in the store. */
export interface Names {
  /** In the order of the keys; a promise where that takes a question to the store. */
  of(keys: readonly string[], now: 'reading' | 'writing'): Awaitable<readonly (string | undefined)[]>
}

/** Names that say the key, or begin so that they say they do not. Nobody else's name begins like them. */
export class PlainNames implements Names {
  readonly #start: string

  constructor(root: string) {
    this.#start = startOf(root)
  }

  of(keys: readonly string[]): readonly string[] {
    return keys.map((key) => this.#nameOf(key))
  }

  owns(name: string): boolean {
    return name.startsWith(this.#start)
  }

  /** The key that a name of ours says; none where the key is too long for a name, and stands in the entry alone. */
  keyIn(name: string): string | undefined {
    const text = name.slice(this.#start.length)
    try {
      const key = decodeURIComponent(text)
      return key !== '' && escaped(key) === text ? key : undefined
    } catch {
      return undefined // No key is escaped like this: it is a hash, or somebody else's.
    }
  }

  #nameOf(key: string): string {
    const name = this.#start + escaped(key)
    return name.length <= MAX_NAME ? name : this.#start + hashed(key)
  }
}

/** Sets off the root, which holds none of them once it is escaped. */
export function startOf(root: string): string {
  return `${escaped(root)}:`
}

/** Begins with what no escaped text has. */
export function hashed(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return `~${hash.digest('hex')}`
}

/** Of small letters, digits and `._-%` alone, since some stores take `A` for `a`, and others know more special ones. */
export function escaped(text: string): string {
  return encodeURIComponent(text)
    .replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
    .replace(/[A-Z!~*'()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}
