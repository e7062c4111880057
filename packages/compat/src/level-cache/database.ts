import {
  type Bytes,
  CacheError,
  compose,
  newCall,
  type Page,
  type Shell,
  type Store,
  shell,
  type Version,
} from '@cachette/core'
import { eviction } from '@cachette/middleware/eviction'
import { carryOver } from './carry.js'
import type { Settings } from './options.js'
import { type SweptStore, storeFor } from './stores.js'

/** What is asked once it is open. */
export interface Opened {
  /** The store with what is around it. */
  readonly stack: Store<Bytes>
  nextVersion(): Version
  /** All that lies there below a prefix, also what is over. */
  scanAll(prefix: string): AsyncIterable<Page>
  sweep(): Promise<number>
}

/** One for all views of a cache: opened by the first call, closed by the first that closes. */
export class Database {
  /** There once it is open. */
  opened: Opened | undefined
  /** Of all views. Two numbers tell all that is asked for; the layer `stats` would cost a quarter of a set. */
  hits = 0
  misses = 0
  readonly #settings: Settings
  #opening: Promise<Opened> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** After a failure the next call tries again. */
  open(): Promise<Opened> {
    if (this.#closing !== undefined) return Promise.reject(closed())
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #open(): Promise<Opened> {
    await carryOver(this.#settings)
    const { clock, maxEntries, over } = this.#settings
    const adapter = await storeFor(this.#settings, 'kill')
    const base: Shell<Bytes> = shell(adapter, { clock })
    const bound =
      maxEntries === Infinity ? [] : [eviction({ maxEntries, ...(over === 'lmdb' && { scope: 'process' }) })]
    const stack = compose<Bytes>(base, bound)
    const opened = openedOf(adapter, base, stack)
    // LevelDB is opened by its first call, so that this one hears of what is wrong with it.
    await stack.read(['level-cache'], newCall(clock.now()))
    // Those that have waited go first.
    setImmediate(() => {
      if (this.#closing === undefined) this.opened = opened
    })
    return opened
  }

  async #close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    this.opened = undefined
    await opened?.stack.close()
  }
}

function openedOf(adapter: SweptStore, base: Shell<Bytes>, stack: Store<Bytes>): Opened {
  return {
    stack,
    nextVersion: () => base.versions.next(),
    scanAll: (prefix) => adapter.scan(prefix, newCall(base.clock.now(), { want: 'header' })),
    sweep: async () => (await adapter.sweep()).reclaimed,
  }
}

function closed(): CacheError {
  return new CacheError('CLOSED', 'level-cache: the cache has been closed', { source: 'level-cache' })
}
