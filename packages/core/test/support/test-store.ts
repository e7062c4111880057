import { decide } from '../../src/conditions.js'
import type { Awaitable, Bytes, Call, Change, Entry, Found, Page, Store, Traits } from '../../src/contract.js'
import { deferred, turns } from './deferred.js'

/** A call that the store has been handed and has not answered yet. */
export interface Pending {
  readonly what: string
  /** Does the work and answers. */
  settle(): void
  fail(error: unknown): void
}

const TRAITS: Traits = {
  values: 'any',
  lives: 'process',
  shared: false,
  scan: 'unordered',
  conditional: 'process',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: 1_000,
  sync: 'all',
  isolated: false,
  streams: false,
}

/**
 * A map as a store. It answers at once, until it is told to hold: then each call waits until the test settles it,
 * and takes effect only then.
 */
export class TestStore<V = Bytes> implements Store<V> {
  readonly name: string = 'test'
  readonly contract = 1
  readonly traits: Traits
  readonly entries = new Map<string, Found<V>>()
  /** Every call that has reached the store, in order: `read a,b`. */
  readonly calls: string[] = []
  readonly pending: Pending[] = []
  /** Whether calls wait to be settled. */
  held = false
  /** Thrown, or rejected with, by the next call. */
  failure: Error | undefined
  pageSize = 2
  scansOpen = 0
  closed = 0

  constructor(traits: Partial<Traits> = {}) {
    this.traits = { ...TRAITS, ...traits }
  }

  read(keys: readonly string[], _call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return this.answer(`read ${keys.join()}`, () => keys.map((key) => this.entries.get(key)))
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    const what = `write ${changes.map(({ key }) => key).join()}`
    return this.answer(what, () => changes.map((change) => this.#apply(change, call)))
  }

  async *scan(prefix: string, _call: Call): AsyncGenerator<Page<V>, void, undefined> {
    this.scansOpen += 1
    try {
      const rest = [...this.entries].filter(([key]) => key.startsWith(prefix))
      while (rest.length > 0) yield await this.answer(`scan ${prefix}`, () => rest.splice(0, this.pageSize))
    } finally {
      this.scansOpen -= 1
    }
  }

  clear(prefix: string, _call: Call): Awaitable<void> {
    return this.answer(`clear ${prefix}`, () => {
      for (const key of [...this.entries.keys()]) if (key.startsWith(prefix)) this.entries.delete(key)
    })
  }

  close(): Awaitable<void> {
    return this.answer('close', () => {
      this.closed += 1
    })
  }

  /** Settles what is pending, and what comes of it, until nothing is. */
  async settleAll(): Promise<void> {
    await turns()
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      next.settle()
      await turns()
    }
  }

  /** The values that are stored, whatever became of them. */
  get values(): Record<string, V | undefined> {
    return Object.fromEntries([...this.entries].map(([key, found]) => [key, found.value]))
  }

  protected answer<T>(what: string, work: () => T): Awaitable<T> {
    this.calls.push(what)
    const { failure } = this
    this.failure = undefined
    if (!this.held) {
      if (failure !== undefined) throw failure
      return work()
    }
    const { promise, resolve, reject } = deferred<T>()
    this.pending.push({ what, settle: () => (failure === undefined ? resolve(work()) : reject(failure)), fail: reject })
    return promise
  }

  #apply(change: Change<V>, call: Call): boolean {
    const { apply, answer } = decide(change, this.entries.get(change.key), call.now)
    if (!apply) return answer
    if (change.entry === undefined) this.entries.delete(change.key)
    else this.entries.set(change.key, change.entry satisfies Entry<V>)
    return answer
  }
}
