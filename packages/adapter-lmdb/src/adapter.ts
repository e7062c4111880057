import { crc32 } from 'node:zlib'
import { type Call, type Change, type Found, frame, type Page, type Store, type Traits } from '@cachette/core'
import { copyOf, Sweeper, type SweepOptions, type SweepReport } from '@cachette/core/adapter'
import type { GetOptions } from 'lmdb'
import { SOURCE, translated } from './errors.js'
import { type KeyRange, rangeOf } from './keys.js'
import { type Lease, lease } from './open.js'
import type { Settings } from './options.js'
import { planOf } from './plan.js'
import { plain, sized } from './reader.js'
import { slicer } from './sweep.js'
import type { Plan } from './transactions.js'

export const TRAITS: Traits = {
  values: 'bytes',
  lives: 'disk',
  shared: true,
  scan: 'ordered',
  conditional: 'shared',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: 2 ** 30,
  sync: 'reads',
  isolated: true,
  streams: false,
}

/** A page of a scan ends here: after half a millisecond of small entries, or at this much memory for large ones. */
const PAGE_ENTRIES = 512
const PAGE_BYTES = 4 * 2 ** 20

/** How many keys one transaction of a clear removes: about 3 ms. */
const CLEAR_KEYS = 1024

interface ScanPage {
  readonly page: Page
  /** Where the next one begins: after this. Nothing where this was the last. */
  readonly last: string | undefined
}

export class Lmdb implements Store {
  readonly name = SOURCE
  readonly contract = 1
  readonly traits = TRAITS
  readonly ordersWrites = true
  readonly #lease: Lease
  readonly #frame = frame({ crc32 })
  readonly #sweeper: Sweeper<string>

  constructor(settings: Settings) {
    this.#lease = lease(settings, settings.name)
    const { clock, sweepMs, onSweep } = settings
    const slice = slicer(this.#lease.environment, this.#lease.table, this.#frame)
    this.#sweeper = new Sweeper({ source: SOURCE, clock, sweepMs, onSweep, slice })
  }

  /** All of one commit: nobody sees a part of a batch. */
  read(keys: readonly string[], call: Call): readonly (Found | undefined)[] {
    return this.#look('read', (options) => keys.map((key) => this.#found(key, call, options)))
  }

  readOne(key: string, call: Call): Found | undefined {
    return this.#look('read', (options) => this.#found(key, call, options))
  }

  write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    this.#sweeper.saw(call.now)
    const batch = changes.map((change) => {
      const { key, entry } = change
      return { change, bytes: entry && this.#frame.write(entry, key) }
    })
    const { environment, table } = this.#lease
    return environment.transactions.run('write', () => planOf(table, this.#frame, batch, call.now))
  }

  async *scan(prefix: string, call: Call): AsyncGenerator<Page, void, undefined> {
    const range = rangeOf(prefix)
    let after: string | undefined
    do {
      const { page, last } = this.#page(range, after, call)
      if (page.length > 0) yield page
      after = last
    } while (after !== undefined)
  }

  async clear(prefix: string): Promise<void> {
    const { environment, table } = this.#lease
    const range = rangeOf(prefix)
    if (range === undefined) return
    if (prefix === '') {
      await environment.transactions.run('clear', () => ({ answer: undefined, apply: () => table.clearSync() }))
      return
    }
    let after: string | undefined
    do {
      after = await environment.transactions.run('clear', () => this.#clearing(range, after))
    } while (after !== undefined)
  }

  async close(): Promise<void> {
    await this.#sweeper.close()
    await this.#lease.release()
  }

  sweep(options?: SweepOptions): Promise<SweepReport> {
    return this.#sweeper.sweep(options)
  }

  #found(key: string, { want }: Call, options: GetOptions): Found | undefined {
    const bytes = this.#lease.table.getBinaryFast(key, options)
    if (bytes === undefined) return undefined
    if (want === 'header') return this.#frame.read(sized(bytes), key, 'header')
    return this.#frame.read(copyOf(sized(bytes)), key)
  }

  /** In one go, so that no page of the file is held while somebody thinks. */
  #page(range: KeyRange | undefined, after: string | undefined, { want }: Call): ScanPage {
    if (range === undefined) return { page: [], last: undefined }
    return this.#look('scan', (options) => {
      const page: (readonly [string, Found])[] = []
      let seen = 0
      let bytes = 0
      for (const { key, value } of this.#lease.table.getRange({ ...options, ...spanOf(range, after) })) {
        const found = range.holds(key) ? this.#frame.read(plain(value), key, want) : undefined
        if (found !== undefined) page.push([key, found])
        seen += 1
        bytes += value.length
        if (seen === PAGE_ENTRIES || bytes >= PAGE_BYTES) return { page, last: key }
      }
      return { page, last: undefined }
    })
  }

  #look<T>(operation: string, work: (options: GetOptions) => T): T {
    try {
      return this.#lease.environment.reader.look(work)
    } catch (error) {
      throw translated(error, operation, false)
    }
  }

  #clearing(range: KeyRange, after: string | undefined): Plan<string | undefined> {
    const { table } = this.#lease
    const keys = [...table.getKeys({ ...spanOf(range, after), limit: CLEAR_KEYS })]
    return {
      answer: keys.length < CLEAR_KEYS ? undefined : keys.at(-1),
      apply() {
        for (const key of keys) if (range.holds(key)) table.removeSync(key)
      },
    }
  }
}

/** What is left of a range after a key; the driver takes no `undefined`. */
function spanOf({ start, end }: KeyRange, after: string | undefined) {
  return { start: after ?? start, exclusiveStart: after !== undefined, ...(end !== undefined && { end }) }
}
