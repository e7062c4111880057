import type { Awaitable } from '@cachette/core'
import { beforeAll, describe, test } from 'vitest'
import { type AnySubject, checkAny, lawsFor } from './any-subject.js'
import { CRASH_LAWS, type CrashOptions, checkCrash } from './crash.js'
import type { Report } from './results.js'
import type { CheckOptions } from './run-options.js'
import { titleOf, verdictOf } from './verdict.js'

export interface ConformanceOptions extends CheckOptions {
  /** How long all laws together may take. Default 300,000. */
  readonly timeoutMs?: number | undefined
}

const TIMEOUT_MS = 300_000

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

    for (const law of lawsFor(subject, options)) {
      test(titleOf(law), (context) => {
        const verdict = verdictOf(report, law)
        if (verdict !== 'passed') context.skip(verdict.skipped)
      })
    }
  })
}

/**
 * A suite for vitest with a test for each law that kills can break. The options may be made when the tests run, where
 * the module has to be built first.
 */
export function crashConformance(
  options: CrashOptions | (() => Awaitable<CrashOptions>),
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number | undefined } = {},
): void {
  describe('killed again and again', () => {
    let report: Report
    beforeAll(async () => {
      report = await checkCrash(typeof options === 'function' ? await options() : options)
    }, timeoutMs)

    for (const law of CRASH_LAWS) {
      test(titleOf(law), (context) => {
        const verdict = verdictOf(report, law)
        if (verdict !== 'passed') context.skip(verdict.skipped)
      })
    }
  })
}
