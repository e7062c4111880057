import { crc32 } from 'node:zlib'
import {
  type Call,
  type Change,
  type Found,
  frame,
  type Page,
  SEPARATOR,
  type Store,
  type Traits,
} from '@cachette/core'
import { inPart } from '@cachette/core/adapter'
import type { Terms } from './ask.js'
import { endedInPart, refused } from './errors.js'
import { Names } from './names.js'
import { maxFrameBytesOf, partBytesOf, type Settings } from './options.js'
import { Pool } from './pool.js'
import { request } from './protocol.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

const TRAITS: Omit<Traits, 'maxValueBytes'> = {
  values: 'bytes',
  lives: 'server',
  shared: true,
  scan: 'none',
  conditional: 'shared',
  atomicBatch: false,
  evicts: 'any',
  sync: 'none',
  isolated: true,
  streams: false,
}

/** Entries under a root, each on one of the servers. */
export class MemcachedStore implements Store {
  readonly name = 'memcached'
  readonly contract = 1
  readonly ordersWrites = true
  readonly traits: Traits
  readonly #clock: Settings['clock']
  readonly #names: Names
  readonly #pool: Pool
  readonly #reader: Reader
  readonly #writer: Writer

  constructor(settings: Settings) {
    const format = frame({ crc32, keys: true, maxBytes: maxFrameBytesOf(settings) })
    const { clock, root, maxValueBytes } = settings
    const names = new Names(root)
    const pool = new Pool(settings, names, this.name)
    this.traits = { ...TRAITS, maxValueBytes }
    this.#clock = clock
    this.#names = names
    this.#pool = pool
    const reader = new Reader(names, format, pool)
    this.#reader = reader
    this.#writer = new Writer({ names, format, pool, reader, partBytes: partBytesOf(settings) })
  }

  async read(keys: readonly string[], call: Call): Promise<readonly (Found | undefined)[]> {
    const terms = this.#terms('read', call)
    const [only] = keys
    if (only !== undefined && keys.length === 1) return [await this.#reader.find(only, terms)]
    return inPart(
      keys,
      (key) => key,
      (key) => this.#reader.find(key, terms),
    )
  }

  write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    return this.#writer.write(changes, call, this.#terms('write', call))
  }

  scan(): AsyncIterable<Page> {
    throw refused('scan', this.name, 'it cannot list its keys')
  }

  /** The generation ends on every server, and with it whatever is stored in it. */
  async clear(prefix: string, call: Call): Promise<void> {
    if (prefix !== '' && !prefix.endsWith(SEPARATOR)) {
      throw refused('clear', this.name, 'it can only clear whole namespaces, since it cannot list its keys')
    }
    const terms = this.#terms('clear', call)
    const level = this.#names.generation(prefix)
    const ended = this.#pool.all.map((server) => server.ask({ request: request('delete', level), terms }))
    const failures: unknown[] = []
    for (const one of await Promise.allSettled(ended)) if (one.status === 'rejected') failures.push(one.reason)
    if (failures.length > 0) throw endedInPart(failures, ended.length)
  }

  close(): void {
    this.#pool.close()
  }

  /** Where the call's time is that of another clock than the store's, it has its whole time from here on. */
  #terms(operation: Terms['operation'], { now, deadline }: Call): Terms {
    const wholeMs = deadline - now
    const leftMs = deadline - this.#clock.now()
    return { operation, until: leftMs > 0 && leftMs <= wholeMs ? deadline : this.#clock.now() + wholeMs }
  }
}
