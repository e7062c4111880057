import {
  CacheError,
  type Call,
  type Change,
  type Clock,
  decide,
  type Entry,
  type Store,
  type Traits,
} from '@cachette/core'
import { Shards, SPLIT_AT } from './shards.js'
import { Sweep } from './sweep.js'
import type { Bucket, Spoke } from './wheel.js'

export const TRAITS: Traits = {
  values: 'any',
  lives: 'process',
  shared: false,
  scan: 'unordered',
  conditional: 'process',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: Infinity,
  sync: 'all',
  isolated: false,
  streams: false,
}

/**
 * V8 ends a `Map` at 2^24 slots, and counts removed keys until it makes room: from half of that on, setting a key can
 * fail. The rest is for scans under way, which take a slot each. Holds for each of the maps that keys are spread over.
 */
export const MAX_ENTRIES = 8_000_000

const PAGE = 256

/** An entry whose time will come, as the wheel holds it. What is kept for ever goes into the map as it is. */
class Held<V> implements Spoke<Held<V>> {
  readonly key: string
  entry: Entry<V>
  next: Held<V> | undefined
  previous: Held<V> | Bucket<Held<V>> | undefined

  constructor(key: string, entry: Entry<V>) {
    this.key = key
    this.entry = entry
    this.next = undefined
    this.previous = undefined
  }

  get dueAt(): number {
    return this.entry.keptUntil
  }
}

/** A page as scans of the contract give it, with the whole entries that are in it here. */
type EntryPage<V> = readonly (readonly [key: string, entry: Entry<V>])[]

type Slot<V> = Entry<V> | Held<V>

/** Smaller ones are for tests. */
export interface Limits {
  readonly maxEntries?: number
  readonly splitAt?: number
}

/** Values by reference, as they are. */
export class MemoryStore<V> implements Store<V> {
  readonly name = 'memory'
  readonly contract = 1
  readonly traits = TRAITS
  readonly #maxEntries: number
  readonly #splitAt: number
  readonly #sweep: Sweep<Held<V>>
  #slots: Shards<Slot<V>>

  constructor(clock: Clock, { maxEntries = MAX_ENTRIES, splitAt = SPLIT_AT }: Limits = {}) {
    this.#maxEntries = maxEntries
    this.#splitAt = splitAt
    this.#sweep = new Sweep(clock, (held) => this.#slots.delete(held.key))
    this.#slots = new Shards(splitAt)
  }

  read(keys: readonly string[]): readonly (Entry<V> | undefined)[] {
    const first = keys[0]
    if (keys.length === 1 && first !== undefined) return [this.readOne(first)]
    return keys.map((key) => this.readOne(key))
  }

  readOne(key: string): Entry<V> | undefined {
    const slot = this.#slots.get(key)
    return slot && entryIn(slot)
  }

  write(changes: readonly Change<V>[], call: Call): readonly boolean[] {
    this.#sweep.help(changes.length, call.now)
    this.#checkRoom(changes)
    const answers: boolean[] = []
    for (const change of changes) answers.push(this.#apply(change, call.now))
    return answers
  }

  async *scan(prefix: string): AsyncGenerator<EntryPage<V>, void, undefined> {
    const slots = this.#slots
    for (const page of slots.pages(prefix, PAGE)) {
      yield page.map(([key, slot]) => [key, entryIn(slot)] as const)
      if (slots !== this.#slots) return
    }
  }

  clear(prefix: string): void {
    if (prefix === '') {
      this.#slots = new Shards(this.#splitAt)
      this.#sweep.reset()
      return
    }
    for (const page of this.#slots.pages(prefix, PAGE)) {
      for (const [key, slot] of page) this.#remove(key, slot)
    }
  }

  close(): void {
    this.clear('')
  }

  #apply(change: Change<V>, now: number): boolean {
    const slot = this.#slots.get(change.key)
    const { apply, answer } = decide(change, slot && entryIn(slot), now)
    if (!apply) return answer
    if (change.entry !== undefined) this.#put(change.key, change.entry, slot, now)
    else if (slot !== undefined) this.#remove(change.key, slot)
    return answer
  }

  #put(key: string, entry: Entry<V>, slot: Slot<V> | undefined, now: number): void {
    const ends = entry.keptUntil < Infinity
    if (slot instanceof Held && ends) {
      slot.entry = entry
      this.#sweep.move(slot, now)
      return
    }
    if (slot instanceof Held) this.#sweep.remove(slot)
    if (!ends) {
      this.#slots.set(key, entry)
      return
    }
    const held = new Held(key, entry)
    this.#slots.set(key, held)
    this.#sweep.add(held, now)
  }

  #remove(key: string, slot: Slot<V>): void {
    if (slot instanceof Held) this.#sweep.remove(slot)
    this.#slots.delete(key)
  }

  /** Before any of it is applied, so that a batch is refused whole; as though its new keys all met in one map. */
  #checkRoom(changes: readonly Change<V>[]): void {
    if (changes.every(({ key }) => this.#slots.crowd(key) + changes.length <= this.#maxEntries)) return
    const added = new Set<string>()
    for (const { key, entry } of changes) {
      if (entry !== undefined && this.#slots.get(key) === undefined) added.add(key)
    }
    for (const key of added) {
      if (this.#slots.crowd(key) + added.size <= this.#maxEntries) continue
      throw new CacheError('FULL', `expected at most ${this.#maxEntries} entries in one map, got ${added.size} more`, {
        operation: 'write',
        source: this.name,
        details: { maxEntries: this.#maxEntries },
      })
    }
  }
}

function entryIn<V>(slot: Slot<V>): Entry<V> {
  return slot instanceof Held ? slot.entry : slot
}
