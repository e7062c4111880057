/** What came of calls made while a server was in trouble. */
export interface Endured {
  readonly trouble: string
  readonly seed: number
  /** How often it began and ended. */
  readonly spells: number
  readonly calls: number
  readonly answered: number
  /** How many calls failed with what: `write UNAVAILABLE yes unknown`. */
  readonly failures: ReadonlyMap<string, number>
  /** How long after a deadline the latest of them settled, by the clock of a machine that may be busy. */
  readonly worstLateMs: number
  /** How long after its return the server was of use to every caller again, at worst. */
  readonly worstReturnMs: number
  /** What is wrong. */
  readonly findings: readonly string[]
}

export function enduredText(report: Endured): string {
  const { trouble, seed, spells, calls, answered, failures, worstLateMs, worstReturnMs, findings } = report
  const failed = [...failures].sort(([, a], [, b]) => b - a).map(([what, count]) => `    ${count} x ${what}`)
  return [
    `${findings.length === 0 ? '✓' : '✗'} ${trouble}: ${spells} times, ${calls} calls, ${answered} answered`,
    `    at most ${worstLateMs.toFixed(0)} ms late, of use again after ${worstReturnMs.toFixed(0)} ms (seed ${seed})`,
    ...failed,
    ...findings.map((finding) => `  ! ${finding}`),
  ].join('\n')
}
