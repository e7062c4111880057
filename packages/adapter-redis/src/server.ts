import { type Awaitable, type Clock, isPromise } from '@cachette/core'
import type { Command } from './command.js'
import { translated } from './errors.js'
import { exchange, type Replicas } from './exchange.js'
import type { Link } from './link.js'
import { Question, type Request, type Terms } from './question.js'
import { joined, type Reading } from './readings.js'
import { LOST, type Wire } from './wire.js'

export interface ServerOptions {
  readonly source: string
  readonly clock: Clock
  readonly link: Link
  readonly wait: Replicas | undefined
}

/** One server. What it is asked in one turn goes to it in one piece. */
export class Server {
  readonly link: Link
  readonly #options: ServerOptions
  #requests: Request[] = []
  #readings: Reading[] = []

  constructor(options: ServerOptions) {
    this.link = options.link
    this.#options = options
  }

  ask(command: Command, terms: Terms): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#flushSoon()
      const waiting = new Question(terms, this.#options.source, resolve, reject)
      this.#requests.push({ command, waiting })
    })
  }

  /** What is stored under names of one slot: an answer for each; two, the head and the whole length, without values. */
  read(names: readonly string[], slot: number, want: Reading['want'], terms: Terms): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.#flushSoon()
      const answered = (answer: unknown): void => resolve(Array.isArray(answer) ? answer : [])
      const question = new Question(terms, this.#options.source, answered, reject)
      this.#readings.push({ names, slot, want, question })
    })
  }

  /** The connection that is there now, or soon. */
  async connection({ operation }: Terms): Promise<Wire> {
    try {
      return await this.link.open()
    } catch (error) {
      throw translated(error, { operation, source: this.#options.source, isSent: false })
    }
  }

  /** The same over a connection of its own, for when what came over the usual one is in doubt. */
  async askAfresh(command: Command, terms: Terms): Promise<unknown> {
    const { clock, source, wait } = this.#options
    let wire: Wire | undefined
    try {
      return await new Promise((resolve, reject) => {
        const waiting = new Question(terms, source, resolve, reject)
        this.link.spare().then(
          (spare) => {
            wire = spare
            exchange([{ command, waiting }], spare, clock, wait)
          },
          (error: unknown) => waiting.failed(error, false, clock.now()),
        )
      })
    } finally {
      wire?.cut()
    }
  }

  /** Once all have asked that are to in this turn: also those whom an answer has just let go on. */
  #flushSoon(): void {
    if (this.#requests.length === 0 && this.#readings.length === 0) process.nextTick(() => this.#flush())
  }

  #flush(): void {
    const requests = this.#requests
    const readings = this.#readings
    this.#requests = []
    this.#readings = []
    const fail = (error: unknown): void => {
      const now = this.#options.clock.now()
      for (const { waiting } of requests) waiting.failed(error, false, now)
      for (const { question } of readings) question.failed(error, false, now)
    }
    let wire: Awaitable<Wire>
    try {
      wire = this.link.open()
    } catch (error) {
      fail(error)
      return
    }
    if (isPromise(wire)) wire.then((opened) => this.#transmit(opened, requests, readings), fail)
    else this.#transmit(wire, requests, readings)
  }

  #transmit(wire: Wire, requests: readonly Request[], readings: readonly Reading[]): void {
    const { clock, wait } = this.#options
    const now = clock.now()
    const due = [
      ...joined(readings.filter(({ question }) => isDue(question, wire, now))),
      ...requests.filter(({ waiting }) => isDue(waiting, wire, now)),
    ]
    if (due.length > 0) exchange(due, wire, clock, wait)
  }
}

/** Whether it is still to be sent, over this connection. */
function isDue(waiting: Request['waiting'], wire: Wire, now: number): boolean {
  const { on, until } = waiting.terms
  if (until > now && (on === undefined || on === wire)) return true
  waiting.failed(new Error(LOST), false, now)
  return false
}
