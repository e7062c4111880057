import type { Bytes, Store } from '@cachette/core'
import type { SweepOptions, SweepReport } from '@cachette/core/adapter'
import { FilesStore } from './adapter.js'
import { type FileOptions, parse } from './options.js'

export type { FileOptions }

export interface FileStore extends Store<Bytes> {
  /** Reclaims what is kept no longer, and what is damaged, now; joins a sweep that is under way. */
  sweep(options?: SweepOptions): Promise<SweepReport>
}

/** One file for each entry, in a folder that any number of processes may share. The first call opens it. */
export function files(options: FileOptions): FileStore {
  return new FilesStore(parse(options))
}
