import {
  CacheError,
  type Call,
  type Entry,
  type Found,
  type Header,
  isPromise,
  newCall,
  type Shell,
} from '@cachette/core'
import { type Convert, headerOf } from './convert.js'
import type { Settings } from './options.js'
import type { Tally } from './tally.js'

/** A key and what is known of its entry. */
export type Headed = readonly [key: string, header: Header]

export type Keyed = readonly [key: string, entry: Entry<unknown>]

const MOST_IN_A_BATCH = 256

/** Where entries come from: headers first, page by page, then the values of those that are wanted, batch by batch. */
export class Source {
  readonly store: Shell<unknown>
  readonly #settings: Settings
  readonly #tally: Tally

  constructor(store: Shell<unknown>, settings: Settings, tally: Tally) {
    this.store = store
    this.#settings = settings
    this.#tally = tally
  }

  /** The headers of all that may be copied: values and tombstones, fresh, stale and kept. */
  async *pages(): AsyncIterable<readonly Headed[]> {
    const call = this.#call('header')
    for await (const page of this.store.scan(this.#settings.prefix, call)) {
      yield page.map(([key, found]) => [key, headerOf(found)] as const)
    }
  }

  /** Those of a page that are to be copied; the others are counted. */
  chosen(page: readonly Headed[]): readonly Headed[] {
    const damaged = page.filter(([, { kind }]) => kind === 'damaged').length
    const chosen = this.wanted(page)
    this.#tally.add({ seen: page.length, damaged, leftOut: page.length - damaged - chosen.length })
    return chosen
  }

  /** What lasts, and the filter takes. */
  wanted(page: readonly Headed[]): readonly Headed[] {
    const now = this.store.clock.now()
    return page.filter(([key, header]) => isLasting(header, now) && this.#isTaken(key, header))
  }

  /** The entries themselves, as they are by now, in batches. What is gone by now is counted and left out. */
  async *entries(wanted: readonly Headed[], convert: Convert): AsyncIterable<readonly Keyed[]> {
    const { batchBytes } = this.#settings
    for (const batch of batches(wanted, batchBytes)) {
      const found = await this.found(batch.map(([key]) => key))
      // Cut anew: what is converted may be larger than what its header said, which is nothing for most references.
      yield* batches(this.#converted(batch, found, convert), batchBytes)
    }
  }

  async found(keys: readonly string[]): Promise<readonly (Found<unknown> | undefined)[]> {
    return this.store.read(keys, this.#call('value'))
  }

  *#converted(
    wanted: readonly Headed[],
    found: readonly (Found<unknown> | undefined)[],
    convert: Convert,
  ): Iterable<Keyed> {
    const now = this.store.clock.now()
    for (const [index, [key]] of wanted.entries()) {
      const entry = found[index]
      if (entry?.kind === 'damaged') this.#tally.add({ damaged: 1 })
      else if (entry === undefined || !isLasting(entry, now)) this.#tally.add({ leftOut: 1 })
      else yield [key, convert(entry, key)]
    }
  }

  #isTaken(key: string, header: Header): boolean {
    const answer: unknown = this.#settings.filter(key, header)
    if (typeof answer === 'boolean') return answer
    const got = isPromise(answer) ? 'a promise' : `the type ${typeof answer}`
    throw new CacheError('INVALID_OPTION', `expected filter to answer true or false, got ${got}`)
  }

  #call(want: Call['want']): Call {
    return callOf(this.store, this.#settings, want)
  }
}

/** What is worth copying: a lease is a claim of one process on one store, and means nothing elsewhere. */
export function isLasting({ kind, keptUntil }: Header, now: number): boolean {
  return (kind === 'value' || kind === 'tombstone') && now < keptUntil
}

/** A call that shows all there is, within the time of one page or batch. */
export function callOf(store: Shell<unknown>, { deadlineMs, signal }: Settings, want: Call['want']): Call {
  const now = store.clock.now()
  return newCall(now, { deadline: now + deadlineMs, signal, want, show: 'all' })
}

/** Cut so that no batch is much larger than it may be, by what headers say of the values. */
export function* batches<T extends readonly [string, Header]>(
  items: Iterable<T>,
  batchBytes: number,
): Iterable<readonly T[]> {
  let batch: T[] = []
  let bytes = 0
  for (const item of items) {
    const { size } = item[1]
    if (batch.length > 0 && (bytes + size > batchBytes || batch.length === MOST_IN_A_BATCH)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
