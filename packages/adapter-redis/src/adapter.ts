import type { Call, Change, Clock, Found, Page, Store, Traits } from '@cachette/core'
import { Entries, MAX_VALUE_BYTES } from './entries.js'
import { Root } from './keys.js'
import type { Terms } from './question.js'
import { Reader } from './reader.js'
import type { Router } from './router.js'
import { walk } from './walk.js'
import { Writer } from './writer.js'

const TRAITS: Traits = {
  values: 'bytes',
  lives: 'server',
  shared: true,
  scan: 'unordered',
  conditional: 'shared',
  atomicBatch: false,
  evicts: 'no',
  maxValueBytes: MAX_VALUE_BYTES,
  sync: 'none',
  isolated: true,
  streams: false,
}

/** How many entries a scan reads, and gives, at a time. */
const PAGE = 100

export interface StoreOptions {
  readonly root: string
  readonly evicts: Traits['evicts']
  readonly clock: Clock
}

/** Entries under a root, on whatever servers the router knows. */
export class RedisStore implements Store {
  readonly name = 'redis'
  readonly contract = 1
  readonly traits: Traits
  readonly ordersWrites: boolean
  readonly #router: Router
  readonly #root: Root
  readonly #clock: Clock
  readonly #reader: Reader
  readonly #writer: Writer

  constructor(router: Router, { root, evicts, clock }: StoreOptions) {
    const entries = new Entries()
    this.traits = { ...TRAITS, evicts }
    this.ordersWrites = router.keepsOrder
    this.#router = router
    this.#root = new Root(root)
    this.#clock = clock
    this.#reader = new Reader(router, this.#root, entries)
    this.#writer = new Writer(router, this.#root, entries, this.#reader)
  }

  read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    return this.#reader.read(keys, call.want, this.#terms('read', call))
  }

  write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    return this.#writer.write(changes, call, this.#terms('write', call))
  }

  async *scan(prefix: string, call: Call): AsyncGenerator<Page, void, undefined> {
    // Each page has the time of the call anew.
    const terms = (): Terms => ({ operation: 'scan', until: this.#clock.now() + call.deadline - call.now })
    const given = new Set<string>()
    for await (const names of walk(this.#router, this.#root.patternOf(prefix), this.name, terms)) {
      const keys = this.#keysOf(names).filter((key) => !given.has(key))
      for (const key of keys) given.add(key)
      for (let at = 0; at < keys.length; at += PAGE) {
        const some = keys.slice(at, at + PAGE)
        const found = await this.#reader.read(some, call.want, terms())
        yield some.flatMap((key, index) => pairOf(key, found[index]))
      }
    }
  }

  async clear(prefix: string, call: Call): Promise<void> {
    const terms = this.#terms('clear', call)
    for await (const names of walk(this.#router, this.#root.patternOf(prefix), this.name, () => terms)) {
      const ours = this.#keysOf(names).map((key) => this.#root.nameOf(key))
      await this.#router.unlink(ours, terms)
    }
  }

  close(): void {
    this.#router.close()
  }

  /** What has no key was stored by others. */
  #keysOf(names: readonly Buffer[]): string[] {
    return names.flatMap((name) => this.#root.keyOf(name) ?? [])
  }

  /** Where the call's time is that of another clock than the store's, it has its whole time from here on. */
  #terms(operation: Terms['operation'], { now, deadline }: Call): Terms {
    const wholeMs = deadline - now
    const leftMs = deadline - this.#clock.now()
    return { operation, until: leftMs > 0 && leftMs <= wholeMs ? deadline : this.#clock.now() + wholeMs }
  }
}

function pairOf(key: string, found: Found | undefined): Page {
  return found === undefined ? [] : [[key, found]]
}
