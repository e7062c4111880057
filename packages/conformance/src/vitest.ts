import type { Awaitable, LawId } from '@cachette/core'
import { beforeAll, describe, test } from 'vitest'
import { type AnySubject, checkAny, lawsFor } from './any-subject.js'
import { BUS_CHECKS, tryBus } from './bus/checks.js'
import type { BusSubject } from './bus/subject.js'
import { type CrashCheck, type CrashSuiteOptions, partsOf } from './crash-suite.js'
import type { Report } from './results.js'
import type { CheckOptions } from './run-options.js'
import { titleOf, verdictOf } from './verdict.js'

export interface ConformanceOptions extends CheckOptions {
  /** How long all laws together may take. Default 300,000. */
  readonly timeoutMs?: number | undefined
}

const TIMEOUT_MS = 300_000
const BUS_TIMEOUT_MS = 30_000

/** A suite for vitest with a test for each law: of a store, a layer or a list of layers. */
export function conformance(
  subject: AnySubject,
  { timeoutMs = TIMEOUT_MS, ...options }: ConformanceOptions = {},
): void {
  describe(`${subject.name} keeps the laws`, () => {
    let report: Report
    beforeAll(async () => {
      report = await checkAny(subject, options)
    }, timeoutMs)

    for (const law of lawsFor(subject, options)) testOf(law, () => report)
  })
}

export type { BusSubject }

/** A suite for vitest with a test for each promise of core's contract for buses. */
export function busConformance(subject: BusSubject): void {
  describe(`${subject.name} keeps what a bus promises`, () => {
    for (const check of BUS_CHECKS) {
      const isTried = check.needs === undefined || subject[check.needs] !== undefined
      test.runIf(isTried)(check.title, () => tryBus(subject, check), BUS_TIMEOUT_MS)
    }
  })
}

export interface CrashConformanceOptions {
  /** Only these. Default: all. */
  readonly checks?: readonly CrashCheck[] | undefined
  /** How long each of them may take. Default 300,000. */
  readonly timeoutMs?: number | undefined
}

/**
 * Suites for vitest, with a test for each law that kills, damage, a disk or other processes can break. The options may
 * be made when the tests run, where the module has to be built first.
 */
export function crashConformance(
  options: CrashSuiteOptions | (() => Awaitable<CrashSuiteOptions>),
  { checks, timeoutMs = TIMEOUT_MS }: CrashConformanceOptions = {},
): void {
  for (const { title, laws, run } of partsOf(checks)) {
    describe(title, () => {
      let report: Report
      beforeAll(async () => {
        report = await run(typeof options === 'function' ? await options() : options)
      }, timeoutMs)
      for (const law of laws) testOf(law, () => report)
    })
  }
}

function testOf(law: LawId, report: () => Report): void {
  test(titleOf(law), (context) => {
    const verdict = verdictOf(report(), law)
    if (verdict !== 'passed') context.skip(verdict.skipped)
  })
}
