import { LAWS, type LawId, type Traits } from '@cachette/core'
import manifest from '../package.json' with { type: 'json' }
import { type Check, type Facts } from './check.js'
import { CheckFailed, type ContextOptions, EngineContext } from './context.js'
import type { Failure } from './failure.js'
import { CHECKS, ELSEWHERE } from './laws/index.js'
import { BATCH_MODEL_CHECK, MODEL_CHECK } from './model-check.js'
import { preflight } from './preflight.js'
import type { LawResult, NotTried, Report } from './results.js'
import { type CheckOptions, parseOptions, type Settings } from './run-options.js'
import type { Subject } from './subject.js'
import { Watchdog } from './watchdog.js'

/** Holds a store to every law that applies to it. Rejects only where the subject or an option is wrong. */
export async function checkStore(subject: Subject<unknown>, options: CheckOptions = {}): Promise<Report> {
  const settings = parseOptions(subject, options)
  const watchdog = new Watchdog({ patienceMs: settings.patienceMs })
  watchdog.start()
  try {
    return await new Run(subject, settings, watchdog).report()
  } finally {
    watchdog.stop()
  }
}

/** Where a path begins that leads into the model's checks, which belong to no law alone. */
const MODEL = 'model'
const BATCH_MODEL = 'batches'

/** What the checks of one law came to. */
interface Outcome {
  readonly trials: number
  readonly durationMs: number
  readonly notTried: readonly NotTried[]
  /** Another law that a check of this one found broken. */
  readonly cutShortBy?: LawId | undefined
}

class Run {
  readonly #subject: Subject<unknown>
  readonly #settings: Settings
  readonly #watchdog: Watchdog
  readonly #outcomes = new Map<LawId, Outcome>()
  readonly #failures = new Map<LawId, Failure>()
  #trials = 0

  constructor(subject: Subject<unknown>, settings: Settings, watchdog: Watchdog) {
    this.#subject = subject
    this.#settings = settings
    this.#watchdog = watchdog
  }

  async report(): Promise<Report> {
    const startedAt = performance.now()
    const { traits, failure } = await preflight(this.#subject, { ...this.#settings, watchdog: this.#watchdog })
    if (failure !== undefined) this.#failures.set(failure.law, failure)
    else if (traits !== undefined) await this.#judge({ subject: this.#subject, traits })
    const laws = this.#settings.laws.map((law) => this.#result(law, failure))
    return {
      subject: this.#subject.name,
      passed: laws.every(({ status }) => status !== 'broken' && status !== 'outdated'),
      laws,
      traits,
      contract: 1,
      kit: manifest.version,
      runs: this.#settings.runs,
      seed: this.#settings.seed,
      trials: this.#trials,
      durationMs: performance.now() - startedAt,
    }
  }

  async #judge(facts: Facts): Promise<void> {
    for (const law of this.#settings.laws) this.#outcomes.set(law, await this.#judgeLaw(law, facts))
    await this.#judgeByModel(facts)
  }

  async #judgeLaw(law: LawId, facts: Facts): Promise<Outcome> {
    const startedAt = performance.now()
    const notTried: NotTried[] = []
    let trials = 0
    let cutShortBy: LawId | undefined
    for (const [index, check] of CHECKS.filter((check) => check.law === law).entries()) {
      const applies = check.applies(facts)
      if (applies !== true) {
        notTried.push({ title: check.title, reason: applies })
        continue
      }
      const context = this.#context(check, facts.traits, String(index + 1), { known: new Set(this.#failures.keys()) })
      const failure = await this.#failureOf(check, context)
      trials += context.tried
      if (failure?.law === law) break
      cutShortBy ??= failure?.law
    }
    return { trials, durationMs: performance.now() - startedAt, notTried, cutShortBy }
  }

  /** The model finds what nobody thought of, and says which law it was. It looks for laws not known to be broken yet. */
  async #judgeByModel({ traits }: Facts): Promise<void> {
    const wanted = new Set(this.#settings.laws)
    const deviating = (this.#subject.deviations ?? []).map(({ law }) => law)
    const others = Object.keys(LAWS).filter((law): law is LawId => !wanted.has(law as LawId))
    const known = new Set([...this.#failures.keys(), ...deviating, ...others])
    const options = { known, passesKnown: true }
    await this.#failureOf(MODEL_CHECK, this.#context(MODEL_CHECK, traits, MODEL, options))
    if ([...this.#failures.keys()].some((law) => !deviating.includes(law))) return
    await this.#failureOf(BATCH_MODEL_CHECK, this.#context(BATCH_MODEL_CHECK, traits, BATCH_MODEL, options))
  }

  #context(
    check: Check,
    traits: Traits,
    place: string,
    more: Pick<ContextOptions, 'known' | 'passesKnown'>,
  ): EngineContext {
    const options = { ...this.#settings, ...more, watchdog: this.#watchdog }
    return new EngineContext(this.#subject, traits, check, place, options)
  }

  async #failureOf(check: Check, context: EngineContext): Promise<Failure | undefined> {
    try {
      await check.run(context)
      return undefined
    } catch (error) {
      if (!(error instanceof CheckFailed)) throw error
      const { failure } = error
      if (!this.#failures.has(failure.law)) this.#failures.set(failure.law, failure)
      return failure
    } finally {
      this.#trials += context.tried
    }
  }

  #result(law: LawId, atStart: Failure | undefined): LawResult {
    const outcome = this.#outcomes.get(law) ?? { trials: 0, durationMs: 0, notTried: [] }
    const { trials, durationMs, notTried } = outcome
    const verdict = this.#verdict(law, outcome, atStart)
    return { law, sentence: LAWS[law], trials, durationMs, notTried, ...verdict }
  }

  #verdict(law: LawId, outcome: Outcome, atStart: Failure | undefined): Pick<LawResult, 'status' | 'reason' | 'failure'> {
    const failure = this.#failures.get(law)
    const deviation = this.#subject.deviations?.find((one) => one.law === law)
    if (failure !== undefined) {
      return deviation === undefined
        ? { status: 'broken', failure }
        : { status: 'deviates', failure, reason: `${deviation.reason} (${deviation.link})` }
    }
    if (atStart !== undefined) return { status: 'notJudged', reason: `${atStart.law} is broken: nothing else can be tried` }
    if (outcome.cutShortBy !== undefined) {
      return { status: 'notJudged', reason: `${outcome.cutShortBy} was found broken on the way` }
    }
    if (outcome.trials === 0) return { status: 'notApplicable', reason: this.#whyNot(law, outcome.notTried) }
    if (deviation !== undefined) return { status: 'outdated', reason: `${deviation.reason} (${deviation.link})` }
    return { status: 'passed' }
  }

  #whyNot(law: LawId, notTried: readonly NotTried[]): string {
    if (notTried.length > 0) return [...new Set(notTried.map(({ reason }) => reason))].join('; ')
    return ELSEWHERE[law] ?? 'it was left out'
  }
}
