import { type Change, compareVersions, type Entry, type Found, type LawId } from '@cachette/core'

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
  /** All changes ever made. */
  readonly history: readonly Change<unknown>[]
}

export function lawOfAftermath({ expected, found, change, isApplied, history }: Aftermath): LawId {
  const maker = found && history.find(({ version }) => compareVersions(version, found.version) === 0)
  const key = change?.key ?? (expected && history.find(({ version }) => version === expected.version)?.key)
  if (maker !== undefined && key !== undefined && maker.key !== key) return 'K2'
  if (change === undefined) return found === undefined ? 'P1' : 'K2'
  if (!isApplied) return 'C4'
  if (found === undefined && expected !== undefined) return lawOfLoss(expected)
  return 'O2'
}

function lawOfLoss({ kind, value, expiresAt }: Entry<unknown>): LawId {
  if (kind !== 'value') return 'V1'
  if (!value || (value instanceof Uint8Array && value.length === 0)) return 'V2'
  return expiresAt === Infinity ? 'T1' : 'O2'
}

/** A field that came back other than it was written. */
export function lawOfDifference(name: string, written: Entry<unknown>, before: Entry<unknown> | undefined): LawId {
  const isOldLifetime = name === 'expiresAt' && before !== undefined && before.expiresAt !== written.expiresAt
  return isOldLifetime ? 'T2' : 'V1'
}
