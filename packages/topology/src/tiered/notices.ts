import type { CacheError, GapReason } from '@cachette/core'

/** What a tiered store has to tell that is no answer to a call. */
export type TieredNotice =
  /** Writes wait until the tier of record can be reached. */
  | { readonly type: 'pending'; readonly keys: readonly string[]; readonly error: CacheError }
  /** The tier of record has what waited. */
  | { readonly type: 'recovered'; readonly keys: readonly string[] }
  /** What waited was not written: somebody else wrote something newer, or its time was over. */
  | { readonly type: 'dropped'; readonly keys: readonly string[]; readonly why: 'newer' | 'expired' | 'closed' }
  /** Words of changes may have been missed; nearer tiers were emptied. */
  | { readonly type: 'gap'; readonly reason: GapReason; readonly since: number }
  /** Something failed that no caller waits for, or that a tier below made good. */
  | { readonly type: 'failure'; readonly source: string; readonly operation: string; readonly error: CacheError }

export type Tell = (notice: TieredNotice) => void
