import type { Awaitable, Bus } from '@cachette/core'

/** What the author of a bus supplies. */
export interface BusSubject {
  /** Names it in the report. */
  readonly name: string
  /** One more bus, of those that hear each other. It is closed when the check is over. */
  open(): Awaitable<Bus>
  /** Ends what every open bus listens by, without a word. Without it, gaps are not checked. */
  interrupt?(): Awaitable<void>
}
