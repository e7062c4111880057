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
    const own = this.#written(entry, entry, entry.marks)
    if (entry.expiresAt <= until) return own
    const { staleAt, expiresAt, keptUntil } = entry
    const times = {
      staleAt: Math.min(staleAt, until),
      expiresAt: until,
      keptUntil: Math.min(keptUntil, until + this.#graceMs),
    }
    const copy = this.#written(entry, times, { ...entry.marks, [TIMES_MARK]: `${staleAt},${expiresAt},${keptUntil}` })
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

  /** Written out, since an object that is spread and then added to is read far more slowly, and this one is read. */
  #written({ createdAt, version, kind, tags, size, value }: Entry<V>, times: Times, marks: Marks): Entry<V> {
    const { staleAt, expiresAt, keptUntil } = times
    return {
      createdAt,
      staleAt,
      expiresAt,
      keptUntil,
      version,
      kind,
      tags,
      marks,
      size,
      from: this.#source,
      value,
    }
  }
}

type Times = Pick<Header, 'staleAt' | 'expiresAt' | 'keptUntil'>

function timesIn(text: string): Times {
  const [staleAt = 0, expiresAt = 0, keptUntil = 0] = text.split(',').map(Number)
  return { staleAt, expiresAt, keptUntil }
}

function without(marks: Marks): Marks {
  const { [TIMES_MARK]: _, ...others } = marks
  return others
}
