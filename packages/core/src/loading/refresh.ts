import type { Found } from '../contract.js'
import type { LoadDefaults } from './options.js'

/** The mark under which an entry says how long its load took. */
export const LOAD_MS_MARK = 'load.ms'

/**
 * Whether a fresh entry is to be refreshed now. By a fraction: past that part of its fresh time. At random: the
 * likelier the nearer its end and the slower its loader, so that many processes do not all refresh at once
 * (probabilistic early expiration, Vattani et al., VLDB 2015).
 */
export function isDue(
  found: Found<unknown>,
  now: number,
  ahead: LoadDefaults['refreshAhead'],
  random: () => number,
): boolean {
  if (ahead === undefined || found.staleAt === Infinity) return false
  if (typeof ahead === 'number') return now >= found.createdAt + (found.staleAt - found.createdAt) * ahead
  const ms = found.marks[LOAD_MS_MARK]
  return typeof ms === 'number' && now - ms * ahead.beta * Math.log(1 - random()) >= found.staleAt
}
