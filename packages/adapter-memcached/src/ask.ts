import type { Clock } from '@cachette/core'
import { type Operation, tooLate, translated } from './errors.js'
import { Refusal, type Reply, type Request } from './protocol.js'
import type { Space } from './space.js'
import type { Waiting, Wire } from './wire.js'

/** On what behalf something is asked, and until when, by the clock of the store. */
export interface Terms {
  readonly operation: Operation
  readonly until: number
}

/** An answer, and the connection that brought it. */
export interface Answer {
  readonly reply: Reply
  readonly wire: Wire
}

/** What it was asked for no longer holds: its generation is over, or the connection is another. */
export const OVERTAKEN = 'overtaken'

export type Outcome = Answer | typeof OVERTAKEN

/** The generations that an ask goes by: its answer counts only if they are still the same after it. */
interface Within {
  readonly space: Space
  /** Of the space when it was asked. */
  readonly token: string
}

export interface Question {
  readonly request: Request
  readonly terms: Terms
  readonly within?: Within | undefined
  /** Over this connection alone: what was learnt over it may not hold for the server that another leads to. */
  readonly on?: Wire | undefined
}

export interface Asker {
  readonly source: string
  readonly clock: Clock
}

/** A question on its way, and who waits for its answer. */
export class Ask implements Waiting {
  readonly question: Question
  readonly #asker: Asker
  readonly #resolve: (answer: Outcome) => void
  readonly #reject: (error: unknown) => void
  #answer: Answer | undefined

  constructor(question: Question, asker: Asker, resolve: (answer: Outcome) => void, reject: (error: unknown) => void) {
    this.question = question
    this.#asker = asker
    this.#resolve = resolve
    this.#reject = reject
  }

  get request(): Request {
    return this.question.request
  }

  get until(): number {
    return this.question.terms.until
  }

  answered(reply: Reply, wire: Wire): void {
    this.#answer = { reply, wire }
    if (this.question.within === undefined) this.#resolve(this.#answer)
  }

  /** Its space knows the generations as they were after the answer. */
  judged(): void {
    const { within } = this.question
    if (this.#answer !== undefined) this.#resolve(within?.space.token === within?.token ? this.#answer : OVERTAKEN)
  }

  /** It was not sent. */
  overtaken(): void {
    this.#resolve(OVERTAKEN)
  }

  failed(error: unknown, isSent: boolean): void {
    const { request, terms } = this.question
    const { source, clock } = this.#asker
    const inDoubt = isSent && request.verb !== 'get' && terms.operation !== 'read'
    const asked = { operation: terms.operation, source, inDoubt }
    const isLate = terms.until <= clock.now() && !(error instanceof Refusal)
    this.#reject(isLate ? tooLate(isSent, asked) : translated(error, asked))
  }
}
