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
 * Makes each read see the newest commit, of whatever process, and holds no page once it has ended. The driver's own
 * way to do so sets a timer and costs 450 ns for each read; to end a snapshot by its native verb costs 110 ns. Where a
 * driver no longer has that, its own way it is.
 */
export class Reader {
  readonly #root: driver.RootDatabase<Bytes, string>
  readonly #end: EndSnapshot | undefined
  #held: Held | undefined

  constructor(root: driver.RootDatabase<Bytes, string>, end: EndSnapshot | undefined = nativeEnd()) {
    this.#root = root
    this.#end = end
  }

  /** What to hand to the driver's reads until `end`. */
  begin(): driver.GetOptions {
    if (this.#held !== undefined) return this.#held.options
    if (this.#end !== undefined) return this.#hold().options
    this.#root.resetReadTxn()
    return NEWEST
  }

  end(): void {
    if (this.#held !== undefined) this.#end?.(this.#held.address)
  }

  /** Before the driver opens or closes anything: then transactions end. The next read begins anew. */
  release(): void {
    this.#held?.transaction.done()
    this.#held = undefined
  }

  #hold(): Held {
    const transaction = this.#root.useReadTransaction()
    // From here on it is ours alone: the driver takes another for itself.
    this.#root.resetReadTxn()
    this.#held = { options: { transaction }, address: addressOf(transaction), transaction }
    return this.#held
  }
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
