/** What a group of measurements is, and what came of one. Types alone, no runtime. */

/** How much is measured. */
export interface Plan {
  readonly rounds: number
  /** Measuring time of a timed group, shared out among its subjects and rounds. */
  readonly seconds: number
  readonly seed: number
  /** Distinct keys of a timed group. */
  readonly keys: number
}

export interface Unit {
  readonly name: 'calls/s' | 'B/entry' | 'ms' | 'kB'
  readonly better: 'more' | 'less'
}

export type Time = 'processor' | 'wall'

/** One thing that is measured, set up in one way. */
export interface Subject {
  readonly name: string
  /** How it is set up, in words or code; printed beside every figure. */
  readonly options: string
  /** The npm package whose version is printed. */
  readonly package?: string | undefined
}

/**
 * A figure to reach. With `against`, the figure is a ratio to the best of those subjects, round by round;
 * without, it is the subject's own median.
 */
export interface Target {
  readonly subject: string
  readonly against?: readonly string[] | undefined
  readonly atLeast?: number | undefined
  readonly atMost?: number | undefined
}

/** One sample for each round, in the order of the rounds. */
export interface Series {
  readonly subject: string
  readonly samples: readonly number[]
}

/** A subject that failed its correctness gate is not measured. */
export interface Excluded {
  readonly subject: string
  readonly reason: string
}

export interface Measured {
  readonly series: readonly Series[]
  readonly excluded: readonly Excluded[]
}

/** Subjects that do the same work, measured side by side. */
export interface Group {
  /** `area/work`: the area alone selects all of its groups. */
  readonly name: string
  readonly title: string
  readonly unit: Unit
  /**
   * What a second is, for speeds. `processor`: what this process spent, its helper threads included; other programs do not stretch
   * it, so it suits work that waits for nothing. `wall`: what a clock on the wall says, for work that waits for others.
   */
  readonly time?: Time | undefined
  readonly subjects: readonly Subject[]
  /** The subject that the others are shown as a multiple of. */
  readonly baseline: string
  readonly targets: readonly Target[]
  /** Measured only where it is named. */
  readonly onDemand?: boolean | undefined
  /** The correctness gate alone, of every subject: those that fail, and why. */
  check(plan: Plan): Promise<readonly Excluded[]>
  measure(plan: Plan): Promise<Measured>
  /** One subject, in the process that was started for it alone; for groups that need one. */
  alone?(subject: string, plan: Plan): Promise<unknown>
}
