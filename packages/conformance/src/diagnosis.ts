import { type Change, compareVersions, type Entry, type Found, type LawId } from '@cachette/core'
import { looksLikeNothing } from './values.js'

/** Which law a store broke, told from what it answered and what it was asked. */

/** A wrong answer to a change whose condition, by the model, holds or does not. */
export function lawOfAnswer({ entry, when }: Change<unknown>, holds: boolean): LawId {
  if (entry === undefined) return holds ? 'C6' : 'C4'
  if (when === undefined) return 'C4'
  if (typeof when === 'object') return 'C3'
  return when === 'vacant' ? 'C2' : 'C1'
}

/** What a write left behind under a key, where it is not what it should be. */
export interface Aftermath {
  readonly expected: Entry<unknown> | undefined
  readonly found: Found<unknown> | undefined
  /** The change of this key that came last, where the write had one. */
  readonly change: Change<unknown> | undefined
  /** Whether that change was to be applied. */
  readonly isApplied: boolean
  readonly now: number
  /** All changes ever made. */
  readonly history: readonly Change<unknown>[]
}

export function lawOfAftermath({ expected, found, change, isApplied, now, history }: Aftermath): LawId {
  const maker = found && history.find(({ version }) => compareVersions(version, found.version) === 0)
  const key = change?.key ?? (expected && history.find(({ version }) => version === expected.version)?.key)
  if (maker !== undefined && key !== undefined && maker.key !== key) return 'K2'
  if (change === undefined && found === undefined)
    return expected !== undefined && expected.expiresAt <= now ? 'T5' : 'P1'
  if (change === undefined) return 'K2'
  if (!isApplied) return 'C4'
  if (found === undefined && expected !== undefined) return lawOfLoss(expected)
  if (expected === undefined && change.entry === undefined) return 'C6'
  return 'O2'
}

function lawOfLoss({ kind, value, expiresAt }: Entry<unknown>): LawId {
  if (looksLikeNothing(value)) return 'V2'
  if (kind !== 'value') return 'V1'
  return expiresAt === Infinity ? 'T1' : 'O2'
}

const LIFETIMES = ['staleAt', 'expiresAt', 'keptUntil'] as const

/** A field that came back other than it was written. */
export function lawOfDifference(name: string, written: Entry<unknown>, before: Entry<unknown> | undefined): LawId {
  const time = LIFETIMES.find((one) => one === name)
  const isOldLifetime = time !== undefined && before !== undefined && before[time] !== written[time]
  return isOldLifetime ? 'T2' : 'V1'
}
