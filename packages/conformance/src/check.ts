import type { Awaitable, Call, Change, LawId, ManualClock, Store, Traits, Version } from '@cachette/core'
import type { Arbitrary } from 'fast-check'
import type { Subject, Values } from './subject.js'

/** One way of putting a law to the test. Several checks may share a law; each is written as if it were the only one. */
export interface Check {
  readonly law: LawId
  /** What is tried, as a short sentence. */
  readonly title: string
  /** Why it does not apply to this subject, or true. */
  applies(facts: Facts): true | string
  /** Rejects where the law is broken: with `Broken`, or with whatever the store threw at it. */
  run(context: CheckContext): Promise<void>
}

/** Several checks of one law. */
export function checksOf(law: LawId, ...checks: readonly Omit<Check, 'law'>[]): readonly Check[] {
  return checks.map((check) => ({ law, ...check }))
}

export interface Facts {
  readonly subject: Subject<unknown>
  readonly traits: Traits
}

export interface CheckContext extends Facts {
  /** The check's own. */
  readonly law: LawId
  readonly values: Values<unknown>
  /** Laws that are known to be broken before the check begins. Most checks need not care. */
  readonly known: ReadonlySet<LawId>
  /** Tries the predicate on a new trial for each of many values; what fails is shrunk and can be replayed. */
  property<T>(
    arbitrary: Arbitrary<T>,
    predicate: (value: T, trial: Trial) => Awaitable<void>,
    options?: PropertyOptions<T>,
  ): Promise<void>
  /** Tries the predicate once, where nothing is random. */
  example(predicate: (trial: Trial) => Awaitable<void>, options?: ExampleOptions): Promise<void>
}

export interface ExampleOptions {
  /** Stands between the author's store and the shell: a scheduler, a spy. */
  wrap?(store: Store<unknown>): Store<unknown>
}

export interface PropertyOptions<T> {
  /** The part of the runs asked for that is enough here. Default 1. */
  readonly share?: number | undefined
  /** As for an example; also told the value. */
  wrap?(store: Store<unknown>, value: T): Store<unknown>
}

/** A new store in its shell, on a clock of its own. What is called on it is recorded for the failure text. */
export interface Trial {
  /** In the shell, as every cache uses it. */
  readonly store: Store<unknown>
  /** Without the shell, for laws about what it answers itself. */
  readonly raw: Store<unknown>
  /** The author's own object, as the subject's hooks know it. */
  readonly own: Store<unknown>
  readonly clock: ManualClock
  /** What travels with a call made now; each has an id of its own. */
  call(options?: Partial<Call>): Call
  /** The next version. */
  version(): Version
  put(key: string, options?: PutOptions): Change<unknown>
  remove(key: string, options?: RemoveOptions): Change<unknown>
  /** Closes the store if need be and opens its data again. */
  reopen(): Promise<void>
  /** Kills the store and opens its data again. */
  crash(): Promise<void>
  /** Opens the same data a second time, as another process would; in a shell of its own. */
  join(): Promise<Store<unknown>>
  /** Goes on with another new, empty store and a record that begins there. */
  restart(): Promise<void>
  /** Puts a line of code into the record, for what is done past the store's verbs; it may call a write by its name. */
  note(code: string | ((nameOf: (version: Version) => string | undefined) => string)): void
  /** Does the work without recording its calls; the line of code stands for them. */
  quietly<T>(code: string, work: () => Awaitable<T>): Promise<T>
}

export interface RemoveOptions {
  readonly version?: Version | undefined
  readonly when?: Change['when']
}

export interface PutOptions extends RemoveOptions {
  /** Default: a value of the subject's, the same each time. */
  readonly value?: unknown
  readonly kind?: 'value' | 'lease' | 'tombstone' | undefined
  readonly createdAt?: number | undefined
  readonly staleAt?: number | undefined
  /** Default: in one hour. */
  readonly expiresAt?: number | undefined
  /** Default: `expiresAt`. */
  readonly keptUntil?: number | undefined
  readonly tags?: readonly { readonly name: string; readonly marker?: string | undefined }[] | undefined
  readonly marks?: Readonly<Record<string, string | number | boolean>> | undefined
}

export interface BrokenFacts {
  /** What the law asks for, as the end of "expected …". */
  readonly expected: string
  /** What the store did, as the end of "got …". */
  readonly got: string
  /** The law that is broken, where it is not the check's own. */
  readonly law?: LawId | undefined
}

/** A law is broken. Thrown by checks; the engine adds the calls that led to it, the seed and the path. */
export class Broken extends Error {
  override readonly name: string = 'Broken'
  readonly expected: string
  readonly got: string
  readonly law: LawId | undefined

  constructor(facts: BrokenFacts) {
    super(`expected ${facts.expected}, got ${facts.got}`)
    this.expected = facts.expected
    this.got = facts.got
    this.law = facts.law
  }
}
