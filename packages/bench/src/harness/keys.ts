/** Seeded numbers, keys and values: all made before any clock runs. */

/** A generator of numbers from 0 up to, but not including, 1; the same ones for the same seed (splitmix32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Draws ranks from 0 to `count - 1`, rank r with a weight of 1 / (r + 1) ** skew. */
export function zipf(count: number, skew: number, next: () => number): () => number {
  const upTo = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** skew
    upTo[rank] = sum
  }
  return () => {
    const wanted = next() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((upTo[middle] ?? 0) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}

export interface WorkloadOptions {
  readonly seed: number
  /** Distinct keys. */
  readonly keys: number
  /** Length of the sequence that is asked for, again and again. */
  readonly draws: number
  readonly skew: number
  /** Values of so many bytes each, that no compression makes smaller; else objects of about 200. */
  readonly valueBytes?: number | undefined
}

/** What the most-used benchmarks of stores ask for. */
export const SKEW = 0.99
export const DRAWS = 2 ** 16

export interface Workload {
  /** What is put before the measurement: each key once. */
  readonly keys: readonly string[]
  readonly values: readonly object[]
  /** What is asked for: equal to those in `keys`, but other strings, as keys made for a request are. */
  readonly asked: readonly string[]
  /** What is set under `asked`, at the same index: values of the same keys. */
  readonly given: readonly object[]
}

/** All values of a workload together take no more than this: of large ones there are fewer. */
const MOST_BYTES = 64 * 2 ** 20

export function workload({ valueBytes, ...options }: WorkloadOptions): Workload {
  const next = random(options.seed)
  const count = Math.min(options.keys, Math.max(8, Math.floor(MOST_BYTES / (valueBytes ?? 200))))
  const keys = shuffled(
    Array.from({ length: count }, (_, id) => `user:${id}:profile`),
    next,
  )
  const copies = keys.map(flat)
  const values = keys.map((_, id) => (valueBytes === undefined ? profile(id, next) : noise(valueBytes, next)))
  const draw = zipf(count, options.skew, next)
  const asked: string[] = []
  const given: object[] = []
  for (let drawn = 0; drawn < options.draws; drawn++) {
    const rank = draw()
    asked.push(copies[rank] ?? '')
    given.push(values[rank] ?? {})
  }
  return { keys, values, asked, given }
}

/** About 200 bytes as JSON, of the kinds that JSON carries. */
function profile(id: number, next: () => number): object {
  return {
    id,
    name: `Ada Lovelace ${id}`,
    email: `ada.${id}@example.com`,
    active: next() < 0.5,
    score: Math.round(next() * 1e6) / 1e3,
    roles: ['reader', 'editor'],
    address: { street: `${id} Rue de la Paix`, city: 'Paris', zip: 75_002 },
    createdAt: 1_700_000_000_000 + id,
  }
}

function noise(length: number, next: () => number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  for (let at = 0; at < words.length; at++) words[at] = next() * 2 ** 32
  return Buffer.from(words.buffer, 0, length)
}

/** Another string of the same characters, laid out in one piece: those that are put together are joined only when read. */
export function flat(text: string): string {
  return Buffer.from(text).toString()
}

/** Fisher and Yates, so that often-asked keys do not lie beside each other. */
function shuffled(items: string[], next: () => number): string[] {
  for (let left = items.length - 1; left > 0; left--) {
    const other = Math.floor(next() * (left + 1))
    const held = items[left] ?? ''
    items[left] = items[other] ?? ''
    items[other] = held
  }
  return items
}
