import type { Entry, Found, Header, Marks } from '@cachette/core'

/** On a copy whose time here is shorter than its own: what its own times are. */
const TIMES_MARK = 'tiered.times'

/**
 * What a nearer tier keeps of an entry. Its times are cut to those that a copy is trusted and kept here; its own go
 * into a mark, so that nobody above can tell it from the entry itself.
 */
export class Copies<V> {
  readonly #source: string
  readonly #ttlMs: number
  readonly #graceMs: number
  /** Stores that keep entries as they are give back the very copy: then nothing needs to be made anew. */
  readonly #originals = new WeakMap<Found<V>, Entry<V>>()

  constructor(source: string, ttlMs: number, graceMs: number) {
    this.#source = source
    this.#ttlMs = ttlMs
    this.#graceMs = graceMs
  }

  of(entry: Entry<V>, now: number): Entry<V> {
    const until = Math.max(now, entry.createdAt) + this.#ttlMs
    const own: Entry<V> = { ...entry, from: this.#source }
    if (entry.expiresAt <= until) return own
    const copy: Entry<V> = {
      ...own,
      staleAt: Math.min(entry.staleAt, until),
      expiresAt: until,
      keptUntil: Math.min(entry.keptUntil, until + this.#graceMs),
      marks: { ...entry.marks, [TIMES_MARK]: `${entry.staleAt},${entry.expiresAt},${entry.keptUntil}` },
    }
    this.#originals.set(copy, own)
    return copy
  }

  original(copy: Found<V>): Found<V> {
    const known = this.#originals.get(copy)
    if (known !== undefined) return known
    const times = copy.marks[TIMES_MARK]
    if (times === undefined) return copy.from === this.#source ? copy : { ...copy, from: this.#source }
    return { ...copy, ...timesIn(String(times)), marks: without(copy.marks), from: this.#source }
  }
}

function timesIn(text: string): Pick<Header, 'staleAt' | 'expiresAt' | 'keptUntil'> {
  const [staleAt = 0, expiresAt = 0, keptUntil = 0] = text.split(',').map(Number)
  return { staleAt, expiresAt, keptUntil }
}

function without(marks: Marks): Marks {
  const { [TIMES_MARK]: _, ...others } = marks
  return others
}
