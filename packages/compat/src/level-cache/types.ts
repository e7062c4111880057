export interface LevelCacheSetOptions {
  /** Any number: what is over at once is gone, and what is no number says nothing. Default: that of the cache. */
  readonly ttlMs?: number | undefined
}

export interface LevelCacheEntriesOptions {
  /** How many to give at most. Default: all. */
  readonly limit?: number | undefined
  /** Those of another namespace than the view's own, by its whole name. */
  readonly namespace?: string | undefined
}

export type LevelCacheOperation<T> =
  | { readonly type: 'put'; readonly key: string; readonly value: T; readonly ttlMs?: number | undefined }
  | { readonly type: 'del'; readonly key: string }

/** Of the view's namespace; the hit rate is that of the whole cache. */
export interface LevelCacheStats {
  readonly totalEntries: number
  /** Of all, those that are over and not swept yet. */
  readonly expiredEntries: number
  readonly namespaces: readonly string[]
  /** Of all that was asked for since it was opened, the share that was there; 0 where nothing was. */
  readonly hitRate: number
  readonly hits: number
  readonly misses: number
}

/** A view of the entries of a namespace. Its verbs need no `this`. */
export interface LevelCache<T = unknown> {
  get(this: void, key: string): Promise<T | undefined>
  has(this: void, key: string): Promise<boolean>
  set(this: void, key: string, value: T, options?: LevelCacheSetOptions): Promise<void>
  del(this: void, key: string): Promise<void>
  /** In order, and as a whole or not at all. */
  batch(this: void, operations: readonly LevelCacheOperation<T>[]): Promise<void>
  /** In the order of the keys. Of a cache without a namespace those of all, with their whole keys. */
  entries(this: void, options?: LevelCacheEntriesOptions): AsyncGenerator<[key: string, value: T], void, undefined>
  /** Of all namespaces; gives how many are gone. */
  sweepExpired(this: void): Promise<number>
  getStats(this: void): Promise<LevelCacheStats>
  /** The namespace behind the view's own, with `/` between them. */
  withNamespace(this: void, namespace: string): LevelCache<T>
  /** Closes the database, and so all views of it. */
  close(this: void): Promise<void>
}
