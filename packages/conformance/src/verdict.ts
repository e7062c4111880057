import { LAWS, type LawId } from '@cachette/core'
import { failureText } from './report.js'
import type { Report } from './results.js'

/** What a test of one law comes to in a test runner. */
export type TestVerdict = 'passed' | { readonly skipped: string }

/** A law that does not hold, for test runners: the whole text is the message, and no stack of the kit's follows it. */
class LawBroken extends Error {
  override readonly name: string = 'LawBroken'

  constructor(text: string) {
    super(text)
    this.stack = text
  }
}

export function titleOf(law: LawId): string {
  return `${law}: ${LAWS[law]}`
}

/** Throws where the law is broken, or said to be and is not. */
export function verdictOf(report: Report, law: LawId): TestVerdict {
  const result = report.laws.find((one) => one.law === law)
  if (result === undefined) return { skipped: 'changed on purpose' }
  const { status, failure, reason = '' } = result
  switch (status) {
    case 'passed':
      return 'passed'
    case 'broken':
      throw new LawBroken(
        failure === undefined ? titleOf(law) : failureText(failure, report.subject, { opening: report.opening }),
      )
    case 'outdated':
      throw new LawBroken(`${law} is declared as broken, but it holds: remove the deviation. It said: ${reason}`)
    case 'deviates':
      return { skipped: `broken, as declared: ${reason}` }
    case 'notJudged':
      return { skipped: `not judged: ${reason}` }
    case 'notApplicable':
      return { skipped: `not applicable: ${reason}` }
  }
}
