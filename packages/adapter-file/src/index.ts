import { type FileStore, FilesStore } from './adapter.js'
import { type FileOptions, parse } from './options.js'

export type { SweepOptions, SweepReport } from '@cachette/core/adapter'
export type { FileOptions, FileStore }

/** One file for each entry, in a folder that any number of processes may share. */
export function files(options: FileOptions): FileStore {
  return new FilesStore(parse(options))
}
