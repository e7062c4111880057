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
 * The cache in a folder, as small caches over LevelDB and LMDB are opened. The first call opens it, and carries over
 * what such a cache has left there. Where it is awaited, nothing is waited for.
 */
export function openCache<T = unknown>(options: LevelCacheOptions): LevelCache<T> {
  const settings = parse(options)
  return view(new Database(settings), settings)
}
