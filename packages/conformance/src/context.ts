import type { Awaitable, LawId, Traits } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import {
  Broken,
  type Check,
  type CheckContext,
  type ExampleOptions,
  type PropertyOptions,
  type Trial,
} from './check.js'
import { type Failure, judge, type Verdict } from './failure.js'
import type { Subject, Values } from './subject.js'
import { StoreTrial, type TrialOptions } from './trial.js'
import { type SampleValues, samplesOf, valuesOf } from './values.js'
import type { Watchdog } from './watchdog.js'

export interface ContextOptions {
  readonly runs: number
  readonly seed: number
  /** `<check>.<property>` or `<check>.<property>:<path within it>`: only this is tried. */
  readonly path?: string | undefined
  readonly watchdog: Watchdog
  /** Laws that are known to be broken already. */
  readonly known?: ReadonlySet<LawId> | undefined
  /** Laws whose failures are no news: properties go on. Default: none. */
  readonly passes?: ReadonlySet<LawId> | undefined
}

/** Every trial of a store that hangs takes long: after so many a property looks for no smaller example. */
const MAX_HANGS = 3

/** Laws of failing backends: what waits for one that does not answer cannot be ready. */
const FAILING: readonly LawId[] = ['B3', 'B4', 'F1', 'F2', 'F3']

/** A law was broken in a check; carries all that a report says of it. */
export class CheckFailed extends Error {
  override readonly name: string = 'CheckFailed'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(`expected ${failure.expected}, got ${failure.got}`)
    this.failure = failure
  }
}

/** What one check is run with: it opens trials, binds properties to the seed, and makes failures of what is thrown. */
export class EngineContext implements CheckContext {
  readonly subject: Subject<unknown>
  readonly traits: Traits
  readonly law: LawId
  readonly values: Values
  readonly known: ReadonlySet<LawId>
  readonly #samples: SampleValues
  readonly #check: Pick<Check, 'law' | 'title'>
  readonly #place: string
  readonly #options: ContextOptions
  #properties = 0
  #tried = 0

  constructor(
    subject: Subject<unknown>,
    traits: Traits,
    check: Pick<Check, 'law' | 'title'>,
    place: string,
    options: ContextOptions,
  ) {
    this.subject = subject
    this.traits = traits
    this.law = check.law
    this.values = valuesOf(subject, traits)
    this.known = options.known ?? new Set()
    this.#samples = samplesOf(subject, traits)
    this.#check = check
    this.#place = place
    this.#options = options
  }

  /** How many trials have been made. */
  get tried(): number {
    return this.#tried
  }

  async property<T>(
    arbitrary: Arbitrary<T>,
    predicate: (value: T, trial: Trial) => Awaitable<void>,
    options: PropertyOptions<T> = {},
  ): Promise<void> {
    const target = this.#target()
    if (target === undefined) return
    let last: { readonly verdict: Verdict; readonly trial: StoreTrial } | undefined
    const { wrap } = options
    const { watchdog } = this.#options
    const hangsBefore = watchdog.hangs
    const property = fc.asyncProperty(arbitrary, async (value) => {
      if (watchdog.hangs - hangsBefore >= MAX_HANGS) return
      const wrapped = wrap === undefined ? {} : { wrap: (store: StoreTrial['store']) => wrap(store, value) }
      await this.#try(
        (trial) => predicate(value, trial),
        (verdict, trial) => {
          // A smaller example of another law's failure would be an answer to another question.
          if (verdict.law !== (last?.verdict.law ?? verdict.law)) return
          if (this.#options.passes?.has(verdict.law) === true) return
          last = { verdict, trial }
          throw new Error(verdict.got)
        },
        wrapped,
      )
    })
    const numRuns = Math.max(1, Math.ceil(this.#options.runs * (options.share ?? 1)))
    const { seed } = this.#options
    const details = await fc.check(property, { seed, numRuns, ...(target.path !== undefined && { path: target.path }) })
    if (last !== undefined) this.#fail(last.verdict, last.trial, `${target.place}:${details.counterexamplePath ?? '0'}`)
    if (details.failed) throw new Error('the check itself failed', { cause: details.errorInstance })
  }

  async example(predicate: (trial: Trial) => Awaitable<void>, options: ExampleOptions = {}): Promise<void> {
    const target = this.#target()
    if (target === undefined) return
    await this.#try(predicate, (verdict, trial) => this.#fail(verdict, trial, target.place), options)
  }

  async #try(
    predicate: (trial: Trial) => Awaitable<void>,
    onFailure: (verdict: Verdict, trial: StoreTrial) => void,
    options: Omit<TrialOptions, 'samples'>,
  ): Promise<void> {
    this.#tried += 1
    const mustBeReady = !(FAILING.includes(this.law) || this.known.has('R3'))
    const trial = new StoreTrial(this.subject, { ...options, samples: this.#samples, mustBeReady })
    const { watchdog } = this.#options
    const hangsBefore = watchdog.hangs
    let verdict: Verdict | undefined
    try {
      verdict = await this.#verdict(trial, predicate)
    } finally {
      trial.record.stop()
      const closed = trial.dispose()
      // A store that hangs would not close either; how it closes is judged elsewhere, so a failure must not hide another.
      if (watchdog.hangs === hangsBefore) {
        await watchdog
          .guard(
            () => closed,
            () => stuck(trial),
          )
          .catch(() => undefined)
      }
    }
    if (verdict !== undefined) onFailure(verdict, trial)
  }

  async #verdict(trial: StoreTrial, predicate: (trial: Trial) => Awaitable<void>): Promise<Verdict | undefined> {
    const { watchdog } = this.#options
    const work = async (): Promise<void> => {
      await trial.open()
      await predicate(trial)
    }
    try {
      await watchdog.guard(work, () => stuck(trial))
    } catch (error) {
      if (fc.PreconditionFailure.isFailure(error)) throw error
      return judge(error, this.#check.law)
    }
    const stray = await watchdog.stray()
    return stray === undefined ? undefined : unhandled(stray)
  }

  #fail(verdict: Verdict, trial: StoreTrial, path: string): never {
    const { title } = this.#check
    throw new CheckFailed({ ...verdict, title, calls: trial.record.lines(), seed: this.#options.seed, path })
  }

  /** Numbers the properties of a check, so that a path leads to one of them; undefined where it leads elsewhere. */
  #target(): { readonly place: string; readonly path?: string } | undefined {
    this.#properties += 1
    const place = `${this.#place}.${this.#properties}`
    const { path } = this.#options
    if (path === undefined) return { place }
    const [at = '', ...within] = path.split(':')
    if (at !== place) return undefined
    return within.length === 0 ? { place } : { place, path: within.join(':') }
  }
}

function stuck(trial: StoreTrial): Broken {
  const waiting = trial.record.pending
  const what = waiting.length === 0 ? 'no answer' : `no answer to ${waiting.join(' and ')}`
  return new Broken({ expected: 'every call to settle', got: what })
}

function unhandled(error: unknown): Verdict {
  const { got } = judge(error, 'F1')
  return { law: 'F1', expected: 'no promise to be left to fail unheard', got, cause: error }
}
