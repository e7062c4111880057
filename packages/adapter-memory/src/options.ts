import { type Clock, checkOptions, RULES, type Rules, systemClock } from '@cachette/core'

export interface MemoryOptions {
  /**
   * Stores bytes, and copies them on their way in and out, so that nobody can change what is stored. Costs the copying.
   * Without it values of any kind are stored by reference: what you change afterwards is changed in the cache. Default false.
   */
  readonly copies?: boolean | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface Settings {
  readonly copies: boolean
  readonly clock: Clock
}

export const DEFAULTS: Settings = { copies: false, clock: systemClock }

const ACCEPTED: Rules<MemoryOptions> = {
  copies: RULES.boolean,
  clock: RULES.clock,
}

export function parse(options: MemoryOptions = {}): Settings {
  const { copies = DEFAULTS.copies, clock = DEFAULTS.clock } = checkOptions('memory', options, ACCEPTED)
  return { copies, clock }
}
