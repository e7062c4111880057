import { LAWS, type LawId, type Traits } from '@cachette/core'
import manifest from '../../package.json' with { type: 'json' }
import type { Failure } from '../failure.js'
import type { LawResult, NotTried, Report } from '../results.js'
import type { Deviation } from '../subject.js'
import type { Finding } from './finding.js'

/** How often a law was tried, or why it was not. */
interface Tried {
  readonly law: LawId
  readonly trials: number
  readonly whyNot: string
  /** What of it was left out. */
  readonly notTried?: readonly NotTried[] | undefined
}

export interface Outcome {
  readonly subject: string
  readonly traits: Traits | undefined
  readonly deviations: readonly Deviation[]
  readonly tried: readonly Tried[]
  readonly findings: readonly Finding[]
  readonly runs: number
  readonly seed: number
  /** The words behind `npx @cachette/conformance` that try it again. */
  readonly replay: string
  readonly startedAt: number
}

/** The report of a check in processes, in the form of all others. */
export function reportOf(outcome: Outcome): Report {
  const durationMs = performance.now() - outcome.startedAt
  const others = outcome.findings.filter((finding) => !outcome.tried.some(({ law }) => law === finding.law))
  const tried = [...outcome.tried, ...others.map(({ law }) => ({ law, trials: 1, whyNot: '' }))]
  const laws = tried.map((one) => lawResult(one, outcome, durationMs))
  return {
    subject: outcome.subject,
    passed: laws.every(({ status }) => status !== 'broken' && status !== 'outdated'),
    laws,
    traits: outcome.traits,
    contract: 1,
    kit: manifest.version,
    runs: outcome.runs,
    seed: outcome.seed,
    trials: Math.max(0, ...laws.map(({ trials }) => trials)),
    durationMs,
  }
}

function lawResult({ law, trials, whyNot, notTried = [] }: Tried, outcome: Outcome, durationMs: number): LawResult {
  const finding = outcome.findings.find((one) => one.law === law)
  const result = { law, sentence: LAWS[law], trials, durationMs, notTried }
  const deviation = outcome.deviations.find((one) => one.law === law)
  const declared = deviation && `${deviation.reason} (${deviation.link})`
  if (finding !== undefined) {
    const failure = failureOf(finding, outcome)
    return declared === undefined
      ? { ...result, status: 'broken', failure }
      : { ...result, status: 'deviates', failure, reason: declared }
  }
  if (trials === 0) {
    const [first] = outcome.findings
    return first === undefined
      ? { ...result, status: 'notApplicable', reason: whyNot }
      : { ...result, status: 'notJudged', reason: `${first.law} was found broken first` }
  }
  return declared === undefined ? { ...result, status: 'passed' } : { ...result, status: 'outdated', reason: declared }
}

function failureOf({ story, ...finding }: Finding, { seed, replay }: Outcome): Failure {
  return { ...finding, calls: story, seed, path: '', replay }
}
