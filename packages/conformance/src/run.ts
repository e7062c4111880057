import { LAWS, type LawId, type Traits } from '@cachette/core'
import manifest from '../package.json' with { type: 'json' }
import type { Check, Facts } from './check.js'
import { CheckFailed, EngineContext } from './context.js'
import type { Failure } from './failure.js'
import { CHECKS, ELSEWHERE, HANDLE_CHECKS } from './laws/index.js'
import { BATCH_MODEL_CHECK, MODEL_CHECK } from './model-check.js'
import { preflight } from './preflight.js'
import type { LawResult, NotTried, Report } from './results.js'
import { ALL_LAWS, type CheckOptions, parseOptions, type Settings } from './run-options.js'
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

const isOfHandles = (check: Check): boolean => HANDLE_CHECKS.includes(check)

const isOfStores = (check: Check): boolean => !isOfHandles(check)

/**
 * What calls do at once is compared with what they do one after another: where that is wrong already, it tells nothing.
 * Nor do order and failures where a layer makes calls of its own, or a batch after a kill where single entries are lost.
 */
const RESTS_ON: { readonly [L in LawId]?: readonly LawId[] } = {
  O1: ['K2', 'O2', 'B1', 'C1', 'C2', 'C3', 'C4', 'C6', 'Y3'],
  O3: ['K2', 'O2', 'B1', 'C1', 'C2', 'C3', 'C4', 'C6', 'S5', 'Y3'],
  B3: ['Y2', 'Y3'],
  B4: ['L3', 'Y3'],
  C5: ['Y3'],
  F1: ['Y3'],
  F2: ['Y2', 'Y3'],
  F3: ['Y3'],
}

/**
 * A cache over a store rests on all that the store promises: where that is broken, it would tell the same thing again,
 * less well. Only these laws of handles are still worth a try over stores that break others of their kind.
 */
const AKIN: { readonly [L in LawId]?: readonly LawId[] } = { K3: ['K1', 'K2'], T4: ['T1', 'T2', 'T3', 'T5', 'V1'] }

const NOTHING: Outcome = { trials: 0, durationMs: 0, notTried: [] }

function merged(first: Outcome, second: Outcome): Outcome {
  return {
    trials: first.trials + second.trials,
    durationMs: first.durationMs + second.durationMs,
    notTried: [...first.notTried, ...second.notTried],
    cutShortBy: first.cutShortBy ?? second.cutShortBy,
  }
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
    const { laws } = this.#settings
    for (const law of laws.filter((one) => !(one in RESTS_ON))) {
      this.#outcomes.set(law, await this.#judgeLaw(law, facts, isOfStores))
    }
    for (const law of laws.filter((one) => one in RESTS_ON)) {
      const cutShortBy = RESTS_ON[law]?.find((other) => this.#known().has(other))
      const isCut = cutShortBy !== undefined && this.#settings.path === undefined
      this.#outcomes.set(law, isCut ? { ...NOTHING, cutShortBy } : await this.#judgeLaw(law, facts, isOfStores))
    }
    await this.#judgeByModel(facts)
    for (const law of laws.filter((one) => HANDLE_CHECKS.some((check) => check.law === one))) {
      const alone = this.#outcomes.get(law) ?? NOTHING
      const cutShortBy = this.#broken(AKIN[law])
      if (cutShortBy === undefined)
        this.#outcomes.set(law, merged(alone, await this.#judgeLaw(law, facts, isOfHandles)))
      else if (alone.trials === 0) this.#outcomes.set(law, { ...alone, cutShortBy })
    }
  }

  async #judgeLaw(law: LawId, facts: Facts, isWanted: (check: Check) => boolean): Promise<Outcome> {
    const startedAt = performance.now()
    const notTried: NotTried[] = []
    let trials = 0
    let cutShortBy: LawId | undefined
    for (const [index, check] of CHECKS.filter((check) => check.law === law).entries()) {
      if (!isWanted(check)) continue
      const applies = check.applies(facts)
      if (applies !== true) {
        notTried.push({ title: check.title, reason: applies })
        continue
      }
      const place = String(index + 1)
      const { failure, tried } = await this.#tryOut(check, facts.traits, place)
      trials += tried
      if (failure?.law === law) break
      cutShortBy ??= failure?.law
    }
    return { trials, durationMs: performance.now() - startedAt, notTried, cutShortBy }
  }

  /** Once more where it came no further than to a promise that should have been an answer: once that is known, it counts no more. */
  async #tryOut(
    check: Check,
    traits: Traits,
    place: string,
  ): Promise<{ readonly failure?: Failure | undefined; readonly tried: number }> {
    const context = this.#context(check, traits, place)
    const failure = await this.#failureOf(check, context)
    if (failure?.law !== 'R3' || check.law === 'R3' || context.known.has('R3')) return { failure, tried: context.tried }
    const again = this.#context(check, traits, place)
    return { failure: await this.#failureOf(check, again), tried: context.tried + again.tried }
  }

  /** A law that was found broken, and is not said to be; of those that are asked about. A replay asks about none. */
  #broken(apartFrom: readonly LawId[] = []): LawId | undefined {
    if (this.#settings.path !== undefined) return undefined
    const declared = this.#subject.deviations?.map(({ law }) => law) ?? []
    return [...this.#failures.keys()].find((law) => !declared.includes(law) && !apartFrom.includes(law))
  }

  /** The model finds what nobody thought of, and says which law it was. It looks for laws not known to be broken yet. */
  async #judgeByModel({ traits }: Facts): Promise<void> {
    const others = ALL_LAWS.filter((law) => !this.#settings.laws.includes(law))
    const passes = new Set([...this.#known(), ...others])
    await this.#failureOf(MODEL_CHECK, this.#context(MODEL_CHECK, traits, MODEL, passes))
    if (this.#broken() !== undefined) return
    await this.#failureOf(BATCH_MODEL_CHECK, this.#context(BATCH_MODEL_CHECK, traits, BATCH_MODEL, passes))
  }

  /** Laws that were found broken, or are said to be. */
  #known(): ReadonlySet<LawId> {
    return new Set([...this.#failures.keys(), ...(this.#subject.deviations ?? []).map(({ law }) => law)])
  }

  #context(check: Check, traits: Traits, place: string, passes?: ReadonlySet<LawId>): EngineContext {
    const options = { ...this.#settings, known: this.#known(), passes, watchdog: this.#watchdog }
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
    const outcome = this.#outcomes.get(law) ?? NOTHING
    const { trials, durationMs, notTried } = outcome
    const verdict = this.#verdict(law, outcome, atStart)
    return { law, sentence: LAWS[law], trials, durationMs, notTried, ...verdict }
  }

  #verdict(
    law: LawId,
    outcome: Outcome,
    atStart: Failure | undefined,
  ): Pick<LawResult, 'status' | 'reason' | 'failure'> {
    const failure = this.#failures.get(law)
    const deviation = this.#subject.deviations?.find((one) => one.law === law)
    if (failure !== undefined) {
      return deviation === undefined
        ? { status: 'broken', failure }
        : { status: 'deviates', failure, reason: `${deviation.reason} (${deviation.link})` }
    }
    if (atStart !== undefined)
      return { status: 'notJudged', reason: `${atStart.law} is broken: nothing else can be tried` }
    if (outcome.cutShortBy !== undefined) {
      return { status: 'notJudged', reason: `${outcome.cutShortBy} was found broken first` }
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
