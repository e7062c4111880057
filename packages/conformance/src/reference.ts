import {
  type Awaitable,
  type Bytes,
  type Call,
  type Change,
  type Clock,
  decide,
  type Entry,
  type Found,
  type Page,
  type Store,
  type Traits,
  type Verdict,
} from '@cachette/core'
import { Outage } from './outage.js'

/** What outlives a reference store: its entries as they are kept, and what befalls them. */
export class Disk {
  readonly entries = new Map<string, Entry>()
  readonly damaged = new Set<string>()
  /** Scans that have begun and neither ended nor been left. */
  openScans = 0
  readonly #unsafe: (() => void)[] = []

  /** What a loss of power undoes, until the disk has been told to keep it. */
  risk(undo: () => void): void {
    this.#unsafe.push(undo)
  }

  sync(): void {
    this.#unsafe.length = 0
  }

  cutPower(): void {
    for (const undo of this.#unsafe.splice(0).reverse()) undo()
  }
}

export interface ReferenceContext {
  readonly clock: Clock
  /** Default: a new one. */
  readonly disk?: Disk | undefined
  /** Default: the backend never fails. */
  readonly outage?: Outage | undefined
}

export const REFERENCE_TRAITS: Traits = {
  values: 'bytes',
  lives: 'disk',
  shared: false,
  scan: 'ordered',
  conditional: 'process',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: 1024 * 1024,
  sync: 'all',
  isolated: true,
  streams: false,
}

/** Pages grow up to a length: short scans have several, and long ones pages of many entries. */
const FIRST_PAGE = 3
const LONGEST_PAGE = 48

/**
 * The plainest store that keeps every law: a map of copies. Layers are checked over it, and the mutants are made of
 * it: each step stands in a method of its own, so that a mutant is the one step that goes wrong.
 */
export class ReferenceStore implements Store {
  readonly name: string = 'reference'
  readonly contract = 1
  readonly traits: Traits = REFERENCE_TRAITS
  protected readonly clock: Clock
  protected readonly disk: Disk
  protected readonly outage: Outage

  constructor(context: ReferenceContext) {
    this.clock = context.clock
    this.disk = context.disk ?? new Disk()
    this.outage = context.outage ?? new Outage()
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    return this.reach(call, () => keys.map((key) => this.find(key, call)))
  }

  write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    return this.reach(call, () => changes.map((change) => this.change(change, call)))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page> {
    this.disk.openScans += 1
    try {
      const keys = this.keysBelow(prefix).sort((a, b) => this.order(a, b))
      let rest = keys
      for (let length = FIRST_PAGE; rest.length > 0; length = Math.min(length * 2, LONGEST_PAGE)) {
        const page = rest.slice(0, length)
        rest = rest.slice(length)
        yield await this.reach(call, () => this.page(page, call))
      }
    } finally {
      this.disk.openScans -= 1
    }
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    return this.reach(call, () => {
      for (const key of this.keysBelow(prefix)) this.drop(key)
    })
  }

  close(): Awaitable<void> {
    this.disk.sync()
  }

  /** Every way to the backend leads through here. */
  protected reach<T>(call: Call, work: () => Awaitable<T>): Awaitable<T> {
    const fault = this.outage.fault
    return fault === undefined ? work() : this.outage.reach(fault, this.clock, call, work)
  }

  /** Under which key the backend keeps it. */
  protected place(key: string): string {
    return key
  }

  protected find(key: string, call: Call): Found | undefined {
    const place = this.place(key)
    const entry = this.disk.entries.get(place)
    if (entry === undefined) return undefined
    if (this.disk.damaged.has(place)) return { ...entry, kind: 'damaged', value: undefined }
    return call.want === 'header' ? { ...entry, value: undefined } : this.give(entry)
  }

  /** The entry as it is handed out. */
  protected give(entry: Entry): Entry {
    return { ...entry, value: entry.value.slice() }
  }

  /** The entry as it is kept. */
  protected take(entry: Entry): Entry {
    return { ...entry, value: entry.value.slice(), tags: [...entry.tags], marks: { ...entry.marks } }
  }

  protected change(change: Change, call: Call): boolean {
    const place = this.place(change.key)
    const verdict = this.judge(change, this.stored(place), call)
    if (!verdict.apply) return verdict.answer
    if (change.entry === undefined) this.drop(place)
    else this.keep(place, change.entry)
    return verdict.answer
  }

  protected stored(place: string): Entry | undefined {
    const entry = this.disk.entries.get(place)
    return entry !== undefined && this.disk.damaged.has(place) ? { ...entry, kind: 'damaged' } : entry
  }

  protected judge(change: Change, stored: Entry | undefined, call: Call): Verdict {
    return decide(change, stored, call.now)
  }

  protected keep(place: string, entry: Entry): void {
    this.disk.entries.set(place, this.take(entry))
    this.disk.damaged.delete(place)
  }

  protected drop(place: string): void {
    this.disk.entries.delete(place)
    this.disk.damaged.delete(place)
  }

  protected keysBelow(prefix: string): string[] {
    return [...this.disk.entries.keys()].filter((key) => key.startsWith(prefix))
  }

  protected order(a: string, b: string): number {
    return compareUtf8(a, b)
  }

  protected page(keys: readonly string[], call: Call): Page {
    return keys.flatMap((key) => {
      const found = this.find(key, call)
      return found === undefined ? [] : [[key, found] as const]
    })
  }
}

/** A server in the same process: answers come later, other stores see the same entries, effects are atomic. */
export class RemoteReferenceStore extends ReferenceStore {
  override readonly name: string = 'remote reference'
  override readonly traits: Traits = {
    ...REFERENCE_TRAITS,
    lives: 'server',
    shared: true,
    conditional: 'shared',
    sync: 'none',
  }

  /** What is sent is what the values were when the call was made. */
  override write(changes: readonly Change[], call: Call): Awaitable<readonly boolean[]> {
    const sent = changes.map((change) =>
      change.entry === undefined ? change : { ...change, entry: this.take(change.entry) },
    )
    return super.write(sent, call)
  }

  protected override reach<T>(call: Call, work: () => Awaitable<T>): Awaitable<T> {
    return Promise.resolve().then(() => super.reach(call, work))
  }
}

const utf8 = new TextEncoder()

/** The order of the strings' UTF-8 bytes, which is the order of code points, and not of UTF-16 units. */
function compareUtf8(a: string, b: string): number {
  return compareBytes(utf8.encode(a), utf8.encode(b))
}

function compareBytes(a: Bytes, b: Bytes): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
