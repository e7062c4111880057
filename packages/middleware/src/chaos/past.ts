import { type Change, type Found, visible } from '@cachette/core'

/** How many keys a stale read can be given of. */
const MAX_KEYS = 1_000

interface Known<V> {
  /** What was there last, as far as calls that passed tell. */
  readonly last: Found<V> | undefined
  /** What was there before the last write. Lacking where that is not known. */
  readonly before?: Found<V> | undefined
}

/** What keys held before they were last written, for reads that are to be late. */
export class Past<V> {
  readonly #known = new Map<string, Known<V>>()

  /** What the key held before its last write, as a reader would have seen it; `undefined` also where nobody knows. */
  before(key: string, found: Found<V> | undefined, now: number): Found<V> | undefined {
    const known = this.#known.get(key)
    if (known === undefined || !('before' in known)) return found
    return known.before !== undefined && visible(known.before, now) ? known.before : undefined
  }

  read(key: string, last: Found<V> | undefined): void {
    this.#keep(key, { ...this.#known.get(key), last: kept(last) })
  }

  written({ key, entry }: Change<V>): void {
    const known = this.#known.get(key)
    this.#keep(key, { last: kept(entry), ...(known !== undefined && { before: known.last }) })
  }

  cleared(prefix: string): void {
    for (const [key, { last }] of this.#known) {
      if (key.startsWith(prefix)) this.#known.set(key, { last: undefined, before: last })
    }
  }

  #keep(key: string, known: Known<V>): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KEYS && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Bytes are copied: whoever has them may change them. */
function kept<V>(found: Found<V> | undefined): Found<V> | undefined {
  const value: unknown = found?.value
  return found !== undefined && value instanceof Uint8Array
    ? { ...found, value: value.slice() as V & Uint8Array }
    : found
}
