import type { Bytes, Store } from '@cachette/core'
import type { SweepOptions, SweepReport } from '@cachette/core/adapter'
import { Lmdb } from './adapter.js'
import { type Durability, type LmdbOptions, parse, type ResetReport } from './options.js'

export type { Durability, LmdbOptions, ResetReport }

export interface LmdbStore extends Store<Bytes> {
  /** Reclaims what is kept no longer, now; joins a sweep that is under way. */
  sweep(options?: SweepOptions): Promise<SweepReport>
}

/** A byte store in an LMDB environment, which other processes may use at the same time. Opens it at once. */
export function lmdb(options: LmdbOptions): LmdbStore {
  return new Lmdb(parse(options))
}
