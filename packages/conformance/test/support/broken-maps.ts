import type { BrokenMap } from './breaking.js'
import { BROKEN_ANSWERS } from './broken-answers.js'
import { BROKEN_ENTRIES } from './broken-entries.js'
import { BROKEN_LIFE } from './broken-life.js'
import { BROKEN_SCANS } from './broken-scans.js'

/** Every way that we could think of to break a map of fifty lines, under a name that says how. */
export const BROKEN_MAPS: Readonly<Record<string, BrokenMap>> = {
  ...BROKEN_ANSWERS,
  ...BROKEN_ENTRIES,
  ...BROKEN_SCANS,
  ...BROKEN_LIFE,
}
