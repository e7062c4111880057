import type { Condition, Found, Load } from '../contract.js'

/** What stands between a late result and the store. */
export interface Guard {
  /** The condition to write under, asked in the key's turn; nothing where the result is to be discarded, for good. */
  condition(): { readonly when: Condition | undefined } | undefined
  /** Gives back what was reserved, where the result is not written. */
  release(): void
  /** Stops keeping it up. */
  stop(): void
}

const nothing = (): undefined => undefined

/** The store itself watches what the load has read. Over an entry, that very version must still be there too. */
export function watched(load: Load, over: Found<unknown> | undefined): Guard {
  const held = { when: over === undefined ? undefined : { version: over.version } }
  return { condition: () => (load.voided ? undefined : held), release: nothing, stop: nothing }
}

/** Nothing may be written: nobody knows what has happened to the key since. */
export const UNGUARDED: Guard = { condition: nothing, release: nothing, stop: nothing }
