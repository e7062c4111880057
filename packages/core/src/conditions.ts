import type { Change, Condition, Header } from './contract.js'
import { compareVersions } from './versions.js'

/** Whether an ordinary read gives it: a value whose time has not come. */
export function visible(header: Header, now: number): boolean {
  return header.kind === 'value' && now < header.expiresAt
}

/** Whether it is in force: a value, lease or tombstone whose time has not come. */
export function live(header: Header, now: number): boolean {
  return header.kind !== 'damaged' && now < header.expiresAt
}

/** Whether the condition holds over what is stored now. Adapters ask inside their atomic step. */
export function holds(when: Condition | undefined, stored: Header | undefined, now: number): boolean {
  switch (when) {
    case undefined:
      return true
    case 'absent':
      return stored === undefined || !visible(stored, now)
    case 'present':
      return stored !== undefined && visible(stored, now)
    case 'vacant':
      return stored === undefined || !live(stored, now)
    default:
      return stored !== undefined && compareVersions(stored.version, when.version) === 0
  }
}

/** What a store does with one change, and what it answers. */
export interface Verdict {
  readonly apply: boolean
  readonly answer: boolean
}

const REFUSED: Verdict = { apply: false, answer: false }
const DONE: Verdict = { apply: true, answer: true }
const REMOVED_NOTHING_VISIBLE: Verdict = { apply: true, answer: false }

/** The whole decision about one change, for stores that can read and write in one atomic step. */
export function decide(change: Change<unknown>, stored: Header | undefined, now: number): Verdict {
  if (!holds(change.when, stored, now)) return REFUSED
  if (change.entry !== undefined) return DONE
  return stored !== undefined && visible(stored, now) ? DONE : REMOVED_NOTHING_VISIBLE
}
