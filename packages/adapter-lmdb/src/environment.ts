import { type Bytes, CacheError } from '@cachette/core'
import { type Database, open, type RootDatabase } from 'lmdb'
import { SOURCE } from './errors.js'
import { KEY_ENCODER } from './keys.js'
import { OURS } from './layout.js'
import type { Durability } from './options.js'
import { type Lookup, Reader } from './reader.js'
import { Transactions } from './transactions.js'

/** One store's entries. */
export type Table = Database<Bytes, string> & Lookup

type Root = RootDatabase<Bytes, string>

/** Each costs every transaction about a hundred bytes to begin. */
export const MAX_STORES = 64

const DURABILITY = {
  sync: { overlappingSync: false },
  flush: { overlappingSync: true },
  none: { noSync: true },
} as const satisfies Record<Durability, object>

const BYTES = { encoding: 'binary', keyEncoder: KEY_ENCODER } as const

/** An open environment: one for each path and process, whatever the number of stores in it. */
export class Environment {
  readonly durability: Durability
  readonly reader: Reader
  readonly transactions: Transactions
  readonly root: Root

  constructor(path: string, durability: Durability) {
    this.durability = durability
    this.root = open({
      ...BYTES,
      ...DURABILITY[durability],
      path,
      noSubdir: false,
      maxDbs: MAX_STORES,
      // Else a failed commit ends the process: one of the driver's own promises would go unheard.
      eventTurnBatching: false,
    })
    this.reader = new Reader(this.root)
    this.transactions = new Transactions(this.root, path)
  }

  /**
   * The store of a name, made where it is missing. Refuses what another program keeps here. Nothing of ours lies in the
   * root itself, which the driver cannot clear.
   */
  table(name: string): Table {
    const names = this.#names()
    if (names.length > 0 && !names.some((known) => known.startsWith(OURS))) throw foreign(names)
    this.reader.release()
    return this.root.openDB<Bytes, string>(OURS + name, BYTES)
  }

  /** Nothing may be under way in it. */
  async close(): Promise<void> {
    this.reader.release()
    await this.root.close()
  }

  #names(): readonly string[] {
    return this.reader.look((options) => [...this.root.getKeys({ ...options, start: '\0' })])
  }
}

function foreign(names: readonly string[]): CacheError {
  return new CacheError('BACKEND', `expected an environment of Cachette, got one of another program`, {
    operation: 'open',
    source: SOURCE,
    details: { stores: names.length },
  })
}
