import type { ErrorCode, Kind, Marks, Tag } from '@cachette/core'

/** A version as data: time, count, writer. */
export type RecordedVersion = readonly [time: number, count: number, writer: number]

/** A time; `null` for one that never comes, since JSON has no `Infinity`. */
export type RecordedTime = number | null

export interface RecordedEntry {
  readonly createdAt: RecordedTime
  readonly staleAt: RecordedTime
  readonly expiresAt: RecordedTime
  readonly keptUntil: RecordedTime
  readonly kind: Kind
  readonly tags: readonly Tag[]
  readonly marks: Marks
  readonly size: number
  /** Bytes in base64, where values are recorded. */
  readonly bytes?: string
  /** The value itself, where it is no bytes and values are recorded. */
  readonly value?: unknown
}

export interface RecordedChange {
  readonly key: string
  readonly version: RecordedVersion
  /** Left out of a removal. */
  readonly entry?: RecordedEntry
  readonly when?: 'absent' | 'present' | 'vacant' | RecordedVersion
}

/** What a call came to. Of what was found, the version alone. */
export type RecordedAnswer =
  | { readonly found: readonly (RecordedVersion | null)[] }
  | { readonly done: readonly boolean[] }
  /** In the order of the keys. `left`: the scan was not followed to its end. */
  | { readonly listed: readonly (readonly [key: string, version: RecordedVersion])[]; readonly left?: true }
  | { readonly cleared: true }
  | { readonly error: ErrorCode; readonly outcome: 'none' | 'unknown' }

/** What was asked, as plain data. */
export type RecordedQuestion =
  | {
      readonly verb: 'read'
      readonly keys: readonly string[]
      readonly want?: 'header'
      readonly show?: 'kept' | 'all'
    }
  | { readonly verb: 'write'; readonly changes: readonly RecordedChange[] }
  | { readonly verb: 'scan'; readonly prefix: string; readonly want?: 'header'; readonly show?: 'kept' | 'all' }
  | { readonly verb: 'clear'; readonly prefix: string }

/** One call. What JSON makes of it can be read back and replayed. */
export type RecordedCall = RecordedQuestion & {
  /** The time that expiry was judged against. */
  readonly now: number
  /** Lacking as long as the call is under way. */
  readonly answer?: RecordedAnswer
}
