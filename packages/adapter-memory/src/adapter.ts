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
 * fail. The rest is for scans under way, which take a slot each.
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

/** Values by reference, as they are. */
export class MemoryStore<V> implements Store<V> {
  readonly name = 'memory'
  readonly contract = 1
  readonly traits = TRAITS
  readonly #maxEntries: number
  readonly #sweep: Sweep<Held<V>>
  /** Symbols mark where scans under way end. */
  #slots = new Map<string | symbol, Slot<V> | undefined>()

  constructor(clock: Clock, maxEntries: number = MAX_ENTRIES) {
    this.#maxEntries = maxEntries
    this.#sweep = new Sweep(clock, (held) => this.#slots.delete(held.key))
  }

  read(keys: readonly string[]): readonly (Entry<V> | undefined)[] {
    const first = keys[0]
    if (keys.length === 1 && first !== undefined) return [this.readOne(first)]
    return keys.map((key) => this.readOne(key))
  }

  readOne(key: string): Entry<V> | undefined {
    return entryIn(this.#slots.get(key))
  }

  write(changes: readonly Change<V>[], call: Call): readonly boolean[] {
    this.#sweep.help(changes.length, call.now)
    if (this.#slots.size + changes.length > this.#maxEntries) this.#checkRoom(changes)
    const answers: boolean[] = []
    for (const change of changes) answers.push(this.#apply(change, call.now))
    return answers
  }

  /**
   * The map is walked as it moves, up to a mark that is set behind its last key: what is added meanwhile, or removed
   * and added again, comes after the mark.
   */
  async *scan(prefix: string): AsyncGenerator<EntryPage<V>, void, undefined> {
    const slots = this.#slots
    const end = Symbol('end of scan')
    slots.set(end, undefined)
    try {
      let page: [string, Entry<V>][] = []
      for (const [key, slot] of slots) {
        if (key === end) break
        const entry = entryIn(slot)
        if (typeof key === 'symbol' || entry === undefined || !key.startsWith(prefix)) continue
        if (page.push([key, entry]) < PAGE) continue
        yield page
        if (slots !== this.#slots) return
        page = []
      }
      if (page.length > 0) yield page
    } finally {
      slots.delete(end)
    }
  }

  clear(prefix: string): void {
    if (prefix === '') {
      this.#slots = new Map()
      this.#sweep.reset()
      return
    }
    for (const [key, slot] of this.#slots) {
      if (typeof key === 'string' && key.startsWith(prefix)) this.#remove(key, slot)
    }
  }

  close(): void {
    this.clear('')
  }

  #apply(change: Change<V>, now: number): boolean {
    const slot = this.#slots.get(change.key)
    const { apply, answer } = decide(change, entryIn(slot), now)
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

  #remove(key: string, slot: Slot<V> | undefined): void {
    if (slot instanceof Held) this.#sweep.remove(slot)
    this.#slots.delete(key)
  }

  /** Before any of it is applied, so that a batch is refused whole. */
  #checkRoom(changes: readonly Change<V>[]): void {
    const added = new Set<string>()
    for (const { key, entry } of changes) if (entry !== undefined && !this.#slots.has(key)) added.add(key)
    if (this.#slots.size + added.size <= this.#maxEntries) return
    throw new CacheError('FULL', `expected at most ${this.#maxEntries} entries, got ${added.size} more`, {
      operation: 'write',
      source: this.name,
      details: { maxEntries: this.#maxEntries },
    })
  }
}

function entryIn<V>(slot: Slot<V> | undefined): Entry<V> | undefined {
  return slot instanceof Held ? slot.entry : slot
}
