/** What a cache tells whoever listens. Types alone, no runtime. */

import type { CacheError } from './errors.js'

/** The verbs that tell of themselves, each in an event of its own name. */
export type EventVerb = 'get' | 'set' | 'add' | 'delete' | 'take' | 'has' | 'update' | 'touch' | 'scan' | 'clear'

export interface VerbEvent {
  /** The same in every event that one call brings about. */
  readonly id: number
  readonly keys: readonly string[]
  /** What became of each key: found fresh, found stale, or not found; done, or not. */
  readonly outcomes: readonly ('hit' | 'stale' | 'miss' | 'done' | 'refused')[]
}

export interface LoadEvent {
  readonly id: number
  readonly key: string
  /** How long the loader took. */
  readonly ms: number
  /** `discarded`: the key was changed meanwhile. `skipped`: the loader asked not to store it. `unstored`: the write failed. */
  readonly outcome: 'stored' | 'discarded' | 'skipped' | 'unstored' | 'failed'
  readonly error?: unknown
}

export interface RefreshEvent {
  readonly id: number
  readonly key: string
  readonly reason: 'stale' | 'ahead'
}

export type NoticeEvents = { readonly [N in Notice as N['type']]: N }

export interface CacheEvents extends Readonly<Record<EventVerb, VerbEvent>>, NoticeEvents {
  readonly load: LoadEvent
  readonly refresh: RefreshEvent
  readonly close: { readonly name: string }
}

export type CacheEventName = keyof CacheEvents

/** What stores and layers have to tell that is no answer to a call. */
export type Notice =
  | {
      readonly type: 'damage'
      readonly id?: number | undefined
      readonly key: string
      readonly source: string
      readonly error?: CacheError | undefined
    }
  | {
      readonly type: 'evict'
      readonly keys: readonly string[]
      readonly cause: 'capacity' | 'expired'
      readonly source: string
    }
  | { readonly type: 'invalidate'; readonly id?: number | undefined; readonly what: string; readonly source: string }
  | {
      readonly type: 'failure'
      readonly id?: number | undefined
      readonly operation: string
      readonly source: string
      readonly error: CacheError
    }
