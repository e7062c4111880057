import type { LawId, Traits } from '@cachette/core'
import type { Failure } from './failure.js'
import type { Opening } from './opening.js'

/**
 * `deviates`: broken, as the author says. `outdated`: said to be broken, and kept. `notApplicable`: nothing of it could be
 * tried. `notJudged`: another law was found broken first, in a way that says nothing about this one.
 */
export type Status = 'passed' | 'broken' | 'deviates' | 'outdated' | 'notApplicable' | 'notJudged'

export interface LawResult {
  readonly law: LawId
  readonly sentence: string
  readonly status: Status
  /** How many trials were made. */
  readonly trials: number
  readonly durationMs: number
  /** Why it did not apply, was not judged, or deviates. */
  readonly reason?: string | undefined
  readonly failure?: Failure | undefined
  /** Checks of the law that did not apply, and why. */
  readonly notTried: readonly NotTried[]
}

export interface NotTried {
  readonly title: string
  readonly reason: string
}

export interface Report {
  readonly subject: string
  /** What it is, and so how the code of a failure begins. Default: a store. */
  readonly opening?: Opening | undefined
  /** Nothing is broken, and nothing is said to be broken that is not. */
  readonly passed: boolean
  readonly laws: readonly LawResult[]
  /** As the store declares them; undefined where it did not open. */
  readonly traits: Traits | undefined
  readonly contract: 1
  readonly kit: string
  readonly runs: number
  readonly seed: number
  /** How many stores were opened and tried. */
  readonly trials: number
  readonly durationMs: number
}
