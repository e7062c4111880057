import type { CacheError } from '@cachette/core'
import type { Command } from './command.js'
import { replyWord, tooLate, translated } from './errors.js'
import type { Wire } from './wire.js'

/** On what behalf something is asked, and until when, by the clock of the store. */
export interface Terms {
  readonly operation: 'read' | 'write' | 'scan' | 'clear' | 'publish'
  readonly until: number
  /** Over this connection alone: another may lead to a server that does not know what was begun. */
  readonly on?: Wire | undefined
  /** Of a server that has the slot in part, as the one that has the rest has said. */
  readonly isAsking?: boolean | undefined
}

/** Something that waits for an answer, or for one of several who wait for the same. */
export interface Waiting {
  readonly terms: Terms
  answered(answer: unknown): void
  /** With what the driver or the server said. */
  failed(error: unknown, isSent: boolean, now: number): void
}

/** Someone waits, and is told of every failure as an error of his own. */
export class Question implements Waiting {
  readonly terms: Terms
  readonly answered: (answer: unknown) => void
  readonly #source: string
  readonly #reject: (error: CacheError) => void

  constructor(terms: Terms, source: string, resolve: (answer: unknown) => void, reject: (error: CacheError) => void) {
    this.terms = terms
    this.answered = resolve
    this.#source = source
    this.#reject = reject
  }

  failed(error: unknown, isSent: boolean, now: number): void {
    const asked = { operation: this.terms.operation, source: this.#source, isSent }
    const isLate = this.terms.until <= now && replyWord(error) === undefined
    this.#reject(isLate ? tooLate(asked) : translated(error, asked))
  }
}

/** What goes to a server. */
export interface Request {
  readonly command: Command
  readonly waiting: Waiting
}
