import type { Traits } from '@cachette/core'
import type { Finding } from './finding.js'
import type { SubjectFacts } from './wire.js'

/** What came of one thing that a disk can do to a store. */
export interface DiskResult {
  readonly findings: readonly Finding[]
  readonly subject?: SubjectFacts | undefined
  readonly traits?: Traits | undefined
  /** Why it could not be tried. */
  readonly skipped?: string | undefined
}
