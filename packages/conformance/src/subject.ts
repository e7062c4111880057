import type { Awaitable, Bytes, Clock, LawId, Shell, Store } from '@cachette/core'
import type { Arbitrary } from 'fast-check'

/** What an author supplies: how to open the store that is checked, and what the kit may do to it. */
export interface Subject<V = Bytes> {
  /** Names it in the report. */
  readonly name: string
  /** A new, empty store; its data is shared with no other that is open. It must take all time from the clock. */
  open(context: OpenContext): Awaitable<Store<V>>
  /** Values to store and how to tell them apart. Default: hostile byte arrays, or anything where the trait says so. */
  readonly values?: Values<V> | undefined
  /** Opens the data of a store that has been closed. Without it L2 is not checked. */
  reopen?(closed: Store<V>, context: OpenContext): Awaitable<Store<V>>
  /** Kills the store without closing it and opens its data again. Without it L3 is not checked. */
  crash?(store: Store<V>, context: OpenContext): Awaitable<Store<V>>
  /** Opens the data of an open store a second time, as another process would. Without it `shared` is not tried. */
  join?(open: Store<V>, context: OpenContext): Awaitable<Store<V>>
  /** Makes the backend of every open store fail in this way. Without it F1, F2, F3 and B3 are not checked. */
  breakBackend?(fault: Fault): Awaitable<void>
  /** Ends what `breakBackend` began. */
  healBackend?(): Awaitable<void>
  /** The faults that `breakBackend` knows. Default: all. */
  readonly faults?: readonly Fault[] | undefined
  /** Damages the stored bytes of a key behind the store's back. Without it F5 is not checked. */
  damage?(store: Store<V>, key: string): Awaitable<void>
  /** How many cursors, snapshots or files the store's scans hold open now, where it can be told. */
  openScans?(store: Store<V>): Awaitable<number>
  /** Puts layers round the store in its shell, as `compose` does; the checks go through them. Default: none. */
  dress?(shell: Shell<V>): Store<V>
  /** How many entries of 1 kB it surely keeps; needed where the store evicts beyond its capacity. */
  readonly capacity?: number | undefined
  /** Laws that it breaks and why. They are printed on each run; one whose law holds fails the run. */
  readonly deviations?: readonly Deviation[] | undefined
}

export interface OpenContext {
  /** Stands still until the kit moves it. */
  readonly clock: Clock
}

export interface Values<V = unknown> {
  readonly arbitrary: Arbitrary<V>
  equal(a: V, b: V): boolean
}

/**
 * How a backend fails: connections refused; accepted and never answered; cut instead of an answer; cut within an answer;
 * answered late; answered with rubbish.
 */
export const FAULTS = ['refuse', 'silence', 'cut', 'half', 'slow', 'rubbish'] as const

export type Fault = (typeof FAULTS)[number]

export interface Deviation {
  readonly law: LawId
  readonly reason: string
  /** Where it is explained or tracked. */
  readonly link: string
}
