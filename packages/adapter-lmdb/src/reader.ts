import type { Bytes } from '@cachette/core'
import * as driver from 'lmdb'

/** The driver's ways to look, some of which its own types leave out. */
export interface Lookup {
  /** In bytes that the next look overwrites. */
  getBinaryFast(key: string, options: driver.GetOptions): Buffer | undefined
}

/** Ends a snapshot, whose place among the readers stays. */
export type EndSnapshot = (address: number) => void

interface Held {
  readonly options: driver.GetOptions
  readonly address: number
  readonly transaction: driver.Transaction
}

const NEWEST: driver.GetOptions = {}

/**
 * Makes each look see the newest commit, of whatever process, and holds no page once it has ended. The driver's own way
 * to do so sets a timer and costs 450 ns for each read; to end a snapshot by its native verb costs 110 ns. Where a
 * driver no longer has that, its own way it is.
 */
export class Reader {
  readonly #root: driver.RootDatabase<Bytes, string>
  readonly #endSnapshot: EndSnapshot | undefined
  readonly #lost: driver.Transaction[] = []
  #held: Held | undefined

  constructor(root: driver.RootDatabase<Bytes, string>, endSnapshot: EndSnapshot | undefined = nativeEnd()) {
    this.#root = root
    this.#endSnapshot = endSnapshot
  }

  /** All that `work` reads with these options is of one commit. It may be run a second time. */
  look<T>(work: (options: driver.GetOptions) => T): T {
    try {
      return work(this.#begin())
    } catch (error) {
      if (this.#held === undefined || !isLost(error)) throw error
      // It is kept, since to end it would be to end what now stands in its place; and the driver is not to take it again.
      this.#lost.push(Object.assign(this.#held.transaction, { isDone: true }))
      this.#held = undefined
      return work(this.#begin())
    } finally {
      if (this.#held !== undefined) this.#endSnapshot?.(this.#held.address)
    }
  }

  /** Before the driver opens or closes anything: then transactions end. The next look begins anew. */
  release(): void {
    this.#held?.transaction.done()
    this.#held = undefined
  }

  #begin(): driver.GetOptions {
    if (this.#held !== undefined) return this.#held.options
    if (this.#endSnapshot !== undefined) return this.#hold().options
    this.#root.resetReadTxn()
    return NEWEST
  }

  #hold(): Held {
    const transaction = this.#root.useReadTransaction()
    // From here on it is ours alone: the driver takes another for itself.
    this.#root.resetReadTxn()
    this.#held = { options: { transaction }, address: addressOf(transaction), transaction }
    return this.#held
  }
}

/**
 * A reader's place among the readers was given to another. Other processes take a process for dead once it has lost its
 * lock on the lock file, which it does where anything in it opens that file and closes it again.
 */
function isLost(error: unknown): boolean {
  return error instanceof Error && error.message.includes('MDB_BAD_RSLOT')
}

/** The driver exports its native verbs, but does not say so in its types. */
function nativeEnd(): EndSnapshot | undefined {
  const native: unknown = 'nativeAddon' in driver ? driver.nativeAddon : undefined
  if (typeof native !== 'object' || native === null || !('resetTxn' in native)) return undefined
  return typeof native.resetTxn === 'function' ? (native.resetTxn as EndSnapshot) : undefined
}

function addressOf(transaction: driver.Transaction): number {
  if ('address' in transaction && typeof transaction.address === 'number') return transaction.address
  throw new Error('the driver gives its transactions no address')
}

/** What a look gave, as a view: the driver lays answers into one large buffer, and only says how long they are. */
export function sized(bytes: Buffer): Bytes {
  return bytes.subarray(0, bytes.length)
}

/** As an array of bytes: a buffer is more than that, and its `slice` is none. */
export function plain(bytes: Bytes): Bytes {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
