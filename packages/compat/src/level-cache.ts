import { Database } from './level-cache/database.js'
import { type LevelCacheOptions, parse } from './level-cache/options.js'
import type { LevelCache } from './level-cache/types.js'
import { view } from './level-cache/view.js'

export type { CarriedOver, LevelCacheOptions } from './level-cache/options.js'
export type {
  LevelCache,
  LevelCacheEntriesOptions,
  LevelCacheOperation,
  LevelCacheSetOptions,
  LevelCacheStats,
} from './level-cache/types.js'

/**
 * The cache in a folder, as small caches over LevelDB and LMDB are opened: awaited, or used at once, when the first
 * calls wait until it is open. What such a cache has left in the folder is carried over before that.
 */
export function openCache<T = unknown>(options: LevelCacheOptions): Promise<LevelCache<T>> & LevelCache<T> {
  const settings = parse(options)
  const database = new Database(settings)
  const cache = view<T>(database, settings)
  const opening = database.open().then(() => cache)
  // Whoever does not await it hears of a failure from the first call, which tries again.
  opening.catch(() => undefined)
  return Object.assign(opening, cache)
}
