import { crc32 } from 'node:zlib'
import {
  type Awaitable,
  andThen,
  type Bytes,
  CacheError,
  type Call,
  type Change,
  type Found,
  frame,
  type Page,
  type Store,
  type Traits,
} from '@cachette/core'
import { Sweeper, type SweepOptions, type SweepReport } from '@cachette/core/adapter'
import { compact } from './compact.js'
import { type Database, join } from './databases.js'
import { levelError, SOURCE } from './errors.js'
import type { Driver } from './open.js'
import type { Settings } from './options.js'
import { pageOf } from './pages.js'
import { rangeOf } from './range.js'
import { slice } from './sweep.js'
import type { Writes } from './writes.js'

export const TRAITS: Traits = {
  values: 'bytes',
  lives: 'disk',
  shared: false,
  scan: 'ordered',
  conditional: 'process',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: 268_435_456,
  sync: 'reads',
  isolated: true,
  streams: false,
}

export interface LevelStore extends Store<Bytes> {
  /** Reclaims what is kept no longer, now; joins a sweep that is under way. */
  sweep(options?: SweepOptions): Promise<SweepReport>
  /**
   * Gives the room of what was removed or replaced back to the disk at once, which LevelDB does in its own time. Takes
   * as long as writing the whole database; calls may wait some tens of milliseconds for it.
   */
  compact(): Promise<void>
}

/** Frames under their keys, in a database that all stores of this process on its path share. */
export class LevelDbStore implements LevelStore {
  readonly name = SOURCE
  readonly contract = 1
  readonly ordersWrites = true
  readonly traits: Traits
  readonly #settings: Settings
  readonly #format = frame({ crc32 })
  readonly #sweeper: Sweeper<string>
  readonly #readsAtOnce: boolean
  #database: Database | undefined
  #joining: Promise<Database> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    const { clock, sweepMs, onSweep } = settings
    this.#settings = settings
    this.#readsAtOnce = settings.reads === 'sync'
    this.traits = this.#readsAtOnce ? TRAITS : { ...TRAITS, sync: 'none' }
    this.#sweeper = new Sweeper({
      source: SOURCE,
      clock,
      sweepMs,
      onSweep,
      slice: async (cursor, now) => slice(await this.#joined(), this.#format, cursor, now),
    })
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found | undefined)[]> {
    this.#check('read')
    const found = (values: readonly (Bytes | undefined)[]): readonly (Found | undefined)[] =>
      keys.map((key, index) => {
        const bytes = values[index]
        return bytes && this.#format.read(plain(bytes), key, call.want)
      })
    const database = this.#readsAtOnce ? this.#database : undefined
    if (database?.driver === undefined) return this.#asked('read', (driver) => driver.getMany([...keys])).then(found)
    try {
      return found(valuesOf(database.driver, keys, database.writes.busy))
    } catch (error) {
      throw levelError(error, { operation: 'read', writing: false })
    }
  }

  readOne(key: string, call: Call): Awaitable<Found | undefined> {
    const driver = this.#readsAtOnce ? this.#database?.driver : undefined
    if (driver === undefined || this.#isClosed) return andThen(this.read([key], call), ([found]) => found)
    let bytes: Bytes | undefined
    try {
      bytes = driver.getSync(key)
    } catch (error) {
      throw levelError(error, { operation: 'read', writing: false })
    }
    return bytes && this.#format.read(plain(bytes), key, call.want)
  }

  write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    this.#check('write')
    const frames = changes.map(({ key, entry }) => entry && this.#format.write(entry, key))
    this.#sweeper.saw(call.now)
    const write = { changes, frames, now: call.now, sync: this.#settings.sync, format: this.#format }
    return this.#entered((writes) => writes.add(write))
  }

  async *scan(prefix: string, { want }: Call): AsyncGenerator<Page, void, undefined> {
    const range = rangeOf(prefix)
    if (range === undefined) return
    let behind: string | undefined
    for (;;) {
      this.#check('scan')
      const rows = await this.#asked('scan', (driver) => pageOf(driver, range, behind))
      behind = rows.at(-1)?.[0]
      if (behind === undefined) return
      const page = rows.flatMap(([key, bytes]) => {
        const found = this.#format.read(plain(bytes), key, want)
        return found === undefined ? [] : [[key, found] as const]
      })
      if (page.length > 0) yield page
    }
  }

  clear(prefix: string): Promise<void> {
    this.#check('clear')
    const range = rangeOf(prefix)
    if (range === undefined) return Promise.resolve()
    const remove = async (driver: Driver): Promise<void> => {
      await driver.clear(range)
      // What is written in no batch is not waited for; no key is empty, so this is for the waiting alone.
      if (this.#settings.sync) await driver.batch([{ type: 'del', key: '' }], { sync: true })
    }
    return this.#entered((writes) => writes.alone('clear', remove))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  sweep(options?: SweepOptions): Promise<SweepReport> {
    return this.#sweeper.sweep(options)
  }

  async compact(): Promise<void> {
    this.#check('compact')
    const database = await this.#joined()
    await compact(await database.opened())
  }

  get #isClosed(): boolean {
    return this.#closing !== undefined
  }

  #check(operation: string): void {
    if (!this.#isClosed) return
    throw new CacheError('CLOSED', `${operation} on ${this.name} after it was closed`, { operation, source: this.name })
  }

  /** Opens the database where no store has yet; after a failure the next verb tries again. */
  #joined(): Promise<Database> {
    this.#joining ??= join(this.#settings).then(
      (database) => {
        this.#database = database
        return database
      },
      (error: unknown) => {
        this.#joining = undefined
        throw error
      },
    )
    return this.#joining
  }

  /** At once where it is open: what is called later has its turn later. */
  #entered<T>(enter: (writes: Writes) => Promise<T>): Promise<T> {
    return this.#database === undefined
      ? this.#joined().then(({ writes }) => enter(writes))
      : enter(this.#database.writes)
  }

  async #asked<T>(operation: string, ask: (driver: Driver) => Promise<T>): Promise<T> {
    const database = await this.#joined()
    try {
      const driver = await database.opened()
      return await ask(driver)
    } catch (error) {
      throw levelError(error, { operation, writing: false })
    }
  }

  async #close(): Promise<void> {
    await this.#sweeper.close()
    // A failure to open has been told to whoever wanted it opened.
    const database = await this.#joining?.catch(() => undefined)
    await database?.writes.settled()
    this.#database = undefined
    await database?.leave()
  }
}

/** The driver gives a `Buffer`, whose `slice` copies nothing, as that of other bytes does. */
function plain(bytes: Bytes): Bytes {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** All as they were at one moment, which takes a snapshot only while something is being written. */
function valuesOf(driver: Driver, keys: readonly string[], isChanging: boolean): readonly (Bytes | undefined)[] {
  if (!isChanging || keys.length === 1) return keys.map((key) => driver.getSync(key))
  const snapshot = driver.snapshot()
  try {
    return keys.map((key) => driver.getSync(key, { keyEncoding: 'utf8', valueEncoding: 'view', snapshot }))
  } finally {
    void snapshot.close()
  }
}
