import { LevelDbStore, type LevelStore } from './adapter.js'
import { type LevelOptions, parse } from './options.js'

export { type RepairReport, repair } from './repair.js'
export type { LevelOptions, LevelStore }

/** A byte store in a LevelDB database of this process alone. It is opened by the first verb. */
export function level(options: LevelOptions): LevelStore {
  return new LevelDbStore(parse(options))
}
