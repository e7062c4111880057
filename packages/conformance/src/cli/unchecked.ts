import type { Report } from '../results.js'
import type { CheckOptions } from '../run-options.js'

export const LEADS_THERE = 'take --law, --seed and --path from one report'

/** Why a run that looks well has shown nothing, where it has; else undefined. */
export function whyUnchecked(reports: readonly Report[], { laws, path }: CheckOptions = {}): string | undefined {
  const results = reports.flatMap((report) => report.laws)
  if (results.some(({ status, trials }) => status !== 'notApplicable' || trials > 0)) return undefined
  if (path !== undefined) {
    return `--path ${path} leads to nothing in ${laws?.join(', ') ?? 'any law'}: ${LEADS_THERE}`
  }
  const given = results.map(
    ({ law, reason }) => `${law} is not applicable: ${reason ?? 'nothing of it could be tried'}`,
  )
  const missing = (laws ?? []).filter((law) => !results.some((result) => result.law === law))
  const others = missing.map(
    (law) => `${law} is not applicable: it is no law of what is checked, or changed on purpose`,
  )
  return `nothing was checked\n${[...given, ...others].map((line) => `  ${line}`).join('\n')}`
}
