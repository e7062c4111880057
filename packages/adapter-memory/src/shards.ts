/**
 * V8 moves all that a `Map` holds at once whenever the map has outgrown its room, or uses less than a quarter of it:
 * with a million keys that takes 15 to 80 ms. So the keys of many are spread over maps that stay small.
 */

/** Up to here all keys stay in one map, which costs reads the least, and spreading them takes 2 ms. */
export const SPLIT_AT = 2 ** 15

const PART_BITS = 6
export const PARTS = 2 ** PART_BITS

/** Symbols mark where walks under way end. */
type Part<V> = Map<string | symbol, V | undefined>

/** What a `Map` from strings does for a store, without its pauses. */
export class Shards<V> {
  readonly #splitAt: number
  #whole: Part<V> = new Map()
  #parts: readonly Part<V>[] | undefined

  constructor(splitAt: number = SPLIT_AT) {
    this.#splitAt = splitAt
  }

  get(key: string): V | undefined {
    return this.#of(key).get(key)
  }

  set(key: string, value: V): void {
    this.#of(key).set(key, value)
    if (this.#whole.size >= this.#splitAt) this.#split()
  }

  /** Gives how many keys V8 may move for it. Room is a power of two, so it shrinks only where one more than is left is too. */
  delete(key: string): number {
    const part = this.#of(key)
    part.delete(key)
    const left = part.size
    return (left & (left + 1)) === 0 ? left : 0
  }

  /** How many keys share a map with this one, or would. */
  crowd(key: string): number {
    return this.#of(key).size
  }

  /**
   * Every key that begins with the prefix and stays throughout, once; none twice. Each map is walked as it moves, up to
   * a mark that is set behind its last key: what is added meanwhile, or removed and added again, comes after the mark.
   */
  *pages(prefix: string, size: number): Generator<readonly (readonly [key: string, value: V])[], void, undefined> {
    const parts = this.#parts
    let page: [string, V][] = []
    for (const part of parts ?? [this.#whole]) {
      const end = Symbol('end of walk')
      part.set(end, undefined)
      try {
        for (const [key, found] of part) {
          if (key === end) break
          if (typeof key === 'symbol' || !key.startsWith(prefix)) continue
          // A map whose keys have been spread since then is no longer kept up to date.
          const value = parts === this.#parts ? found : this.get(key)
          if (value === undefined || page.push([key, value]) < size) continue
          yield page
          page = []
        }
      } finally {
        part.delete(end)
      }
    }
    if (page.length > 0) yield page
  }

  #of(key: string): Part<V> {
    return this.#parts?.[partOf(key)] ?? this.#whole
  }

  /** Leaves the one map as it is to walks under way. */
  #split(): void {
    const whole = this.#whole
    this.#parts = Array.from({ length: PARTS }, (): Part<V> => new Map())
    this.#whole = new Map()
    for (const [key, value] of whole) if (typeof key === 'string') this.#of(key).set(key, value)
  }
}

/** By the length and up to eight characters all along the key, wherever keys of one kind differ. More would cost reads. */
function partOf(key: string): number {
  const stride = (key.length >> 3) + 1
  let mixed = key.length
  for (let at = key.length - 1; at >= 0; at -= stride) mixed = (Math.imul(mixed, 31) + key.charCodeAt(at)) | 0
  return Math.imul(mixed, 0x9e3779b1) >>> (32 - PART_BITS)
}
