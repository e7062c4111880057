import { type Cache, SEPARATOR } from '@cachette/core'

const BITS = 2 ** 20

/** The verbs after which a value read earlier is too old for its key. */
const CHANGING = ['set', 'add', 'update', 'delete', 'take'] as const

/**
 * Which keys of a cache were changed since it began to listen, in 128 KiB however many they are. Keys may share a bit, so
 * that one is taken for changed that is not: a value less is warmed, and none that is too old.
 */
export class Changes {
  readonly #bits = new Uint8Array(BITS / 8)
  readonly #stops: readonly (() => void)[]
  #all = false

  constructor(cache: Pick<Cache<unknown>, 'on'>) {
    const note = ({ keys }: { readonly keys: readonly string[] }): void => {
      for (const key of keys) this.#note(key)
    }
    // Which keys those stand for is not told.
    const noteAll = (): void => {
      this.#all = true
    }
    this.#stops = [
      ...CHANGING.map((verb) => cache.on(verb, note)),
      cache.on('clear', noteAll),
      cache.on('invalidate', noteAll),
    ]
  }

  has(key: string): boolean {
    const bit = bitOf(key)
    return this.#all || ((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #note(full: string): void {
    const bit = bitOf(ownKey(full))
    const at = bit >>> 3
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (bit & 7))
  }
}

/** Events name keys with their namespaces; a view of a namespace does not know its own. */
export function ownKey(full: string): string {
  return full.slice(full.lastIndexOf(SEPARATOR) + 1)
}

/** FNV-1a, cut to the bits there are. */
function bitOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return ((hash >>> 12) ^ hash) & (BITS - 1)
}
