/**
 * The bus's contract: how processes that share a store tell each other what they changed. Types alone, no runtime.
 * A bus carries names and versions, never values: whoever hears of a change reads it anew. It promises this:
 *
 * - A message is heard by every other subscriber of its channel at most once, and never by the bus that published it.
 * - Messages of one publisher are heard in the order in which they were published.
 * - Whatever may have been missed is told as a gap, before any message that comes after it.
 * - `publish` settles within its deadline. It says that the message is on its way, not that anyone heard it.
 * - A listener that throws disturbs nobody. After `close` nothing is heard, and every verb fails with CLOSED.
 */

import type { Awaitable, Call, ContractRevision, Version } from './contract.js'

/** Word of a change. What is held with a newer version than this stays as it is. */
export interface Invalidation {
  /** `prefix` with an empty name is everything. */
  readonly scope: 'key' | 'prefix' | 'tag'
  readonly name: string
  /** Of the change. Missing where the bus hears of it from the server, which knows no versions: then it is the newest. */
  readonly version?: Version | undefined
}

/** What a process says of itself, again and again, so that others notice when it falls silent. */
export interface Presence {
  readonly since: number
  /** Flat figures, such as a summary of its statistics. */
  readonly summary: Readonly<Record<string, string | number | boolean>>
}

export type BusMessage =
  | { readonly type: 'invalidate'; readonly changes: readonly Invalidation[] }
  | { readonly type: 'presence'; readonly presence: Presence }

/** Why messages may be missing: the connection was lost and is back, some were dropped, or another server took over. */
export type GapReason = 'reconnected' | 'dropped' | 'failover'

export interface BusListener {
  /** `from` names the bus that published it: the same for all its messages, another for each bus. */
  message(message: BusMessage, from: string): void
  /** What was heard of up to `since` is all there was; from then on anything may have changed. */
  gap(gap: { readonly reason: GapReason; readonly since: number }): void
}

export interface Bus {
  readonly name: string
  readonly contract: ContractRevision
  publish(channel: string, message: BusMessage, call: Call): Awaitable<void>
  /** Settles once messages are heard; gives the way to stop. */
  subscribe(channel: string, listener: BusListener, call: Call): Awaitable<() => Awaitable<void>>
  close(): Awaitable<void>
}
