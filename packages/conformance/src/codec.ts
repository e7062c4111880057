import { LAWS, type LawId } from '@cachette/core'
import manifest from '../package.json' with { type: 'json' }
import type { CodecSubject } from './codec/check.js'
import { CODEC_CHECKS } from './codec/checks.js'
import { type Failure, judge } from './failure.js'
import { checkOptions, invalid } from './options.js'
import type { LawResult, Report } from './results.js'
import type { CheckOptions } from './run-options.js'

const LAWS_OF_CODECS = ['V5', 'V6'] as const satisfies readonly LawId[]

const DEFAULT_RUNS = 300

/** Holds a codec to V5 and V6, over values and bytes that codecs have been seen to get wrong. */
export async function checkCodec<V = unknown>(subject: CodecSubject<V>, options: CheckOptions = {}): Promise<Report> {
  checkOptions('checkCodec', subject, ['name', 'codec', 'carries', 'values'])
  checkOptions('checkCodec', options, ['runs', 'seed', 'path', 'laws'])
  if (typeof subject.codec !== 'function') throw invalid('codec: expected a function that makes a codec')
  if (options.path !== undefined && options.laws?.length !== 1) {
    throw invalid('path: expected one law beside it, since it leads to a check of it')
  }
  const startedAt = performance.now()
  const { runs = DEFAULT_RUNS, seed = Math.floor(Math.random() * 2 ** 31) } = options
  const wanted = LAWS_OF_CODECS.filter((law) => options.laws?.includes(law) !== false)
  const laws = wanted.map((law) => judgeLaw(law, subject, { ...options, runs, seed }))
  return {
    subject: subject.name,
    opening: { kind: 'codec' },
    passed: laws.every(({ status }) => status === 'passed'),
    laws,
    traits: undefined,
    contract: 1,
    kit: manifest.version,
    runs,
    seed,
    trials: laws.reduce((sum, { trials }) => sum + trials, 0),
    durationMs: performance.now() - startedAt,
  }
}

interface Settings extends CheckOptions {
  readonly runs: number
  readonly seed: number
}

function judgeLaw(law: LawId, subject: CodecSubject, settings: Settings): LawResult {
  const startedAt = performance.now()
  let trials = 0
  let failure: Failure | undefined
  for (const [index, check] of CODEC_CHECKS.filter((check) => check.law === law).entries()) {
    const [place = '', ...path] = settings.path?.split(':') ?? []
    if (settings.path !== undefined && place !== String(index + 1)) continue
    const codec = subject.codec()
    const within = path.length > 0 ? path.join(':') : undefined
    const run = check.run(subject, codec, { seed: settings.seed, numRuns: settings.runs, path: within })
    trials += run.trials
    if (run.failure === undefined) continue
    failure = {
      ...judge(run.failure.error, law),
      title: check.title,
      calls: run.failure.calls,
      seed: settings.seed,
      path: `${index + 1}:${run.failure.path}`,
    }
    break
  }
  const result = { law, sentence: LAWS[law], trials, durationMs: performance.now() - startedAt, notTried: [] }
  if (failure !== undefined) return { ...result, status: 'broken', failure }
  return trials > 0
    ? { ...result, status: 'passed' }
    : { ...result, status: 'notApplicable', reason: 'the path leads to nothing' }
}
