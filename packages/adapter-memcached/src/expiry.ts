/** How much later than the entry itself a server forgets it, so that clocks of several machines may differ by about as much. */
const LATER_S = 10

/** From here on servers take a number for a time since the epoch, by their clock. */
const LONGEST_RELATIVE_S = 30 * 24 * 3_600

/** Where their clock is what counts, they may be wrong by so much more. */
const CLOCKS_DIFFER_S = 3_600

/** The first time that they cannot be told. */
const TOO_LATE_S = 2 ** 32

const NEVER = 0

/**
 * When servers may forget what is kept until then, as they want it said. `now` is the time of the call, which need not
 * be the system's: so long from now on, whatever the clock says.
 */
export function expiryOf(keptUntil: number, now: number, systemNow: number): number {
  const seconds = Math.ceil(Math.max(0, keptUntil - now) / 1_000) + LATER_S
  if (seconds <= LONGEST_RELATIVE_S) return seconds
  const at = Math.ceil(systemNow / 1_000) + seconds + CLOCKS_DIFFER_S
  return at < TOO_LATE_S ? at : NEVER
}
