import { type Awaitable, isPromise } from '@cachette/core'
import { Ask, type Asker, type Outcome, type Question, type Terms } from './ask.js'
import type { Link } from './link.js'
import { type Names, namespaceOf } from './names.js'
import { request } from './protocol.js'
import { Round } from './round.js'
import { freshGeneration, Space } from './space.js'
import { Lost, type Wire } from './wire.js'

/** So many namespaces are remembered; of others the generations are asked for first. */
const MAX_SPACES = 10_000

/** Generations do not end by themselves. */
const FOR_EVER = { flags: 0, expiry: 0 } as const

/** One server. What it is asked in one turn goes to it in one piece. */
export class Server {
  readonly #link: Link
  readonly #names: Names
  readonly #asker: Asker
  readonly #spaces = new Map<string, Space>()
  #asks: Ask[] = []
  #renewals = 0

  constructor(link: Link, names: Names, asker: Asker) {
    this.#link = link
    this.#names = names
    this.#asker = asker
  }

  /** What is known here of the namespace that a key is in. */
  spaceOf(key: string): Space {
    const namespace = namespaceOf(key)
    const known = this.#spaces.get(namespace)
    if (known !== undefined) return known
    const [oldest] = this.#spaces.keys()
    if (this.#spaces.size >= MAX_SPACES && oldest !== undefined) this.#spaces.delete(oldest)
    const space = new Space(this.#names.generations(namespace))
    this.#spaces.set(namespace, space)
    return space
  }

  ask(question: Question): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#asks.length === 0) process.nextTick(() => this.#flush())
      this.#asks.push(new Ask(question, this.#asker, resolve, reject))
    })
  }

  /** The same over a connection of its own, for when what came over the usual one is in doubt. */
  async askAfresh(question: Question): Promise<Outcome> {
    let wire: Wire | undefined
    try {
      return await new Promise((resolve, reject) => {
        const ask = new Ask(question, this.#asker, resolve, reject)
        this.#link.spare().then(
          (spare) => {
            wire = spare
            this.#transmit(spare, [ask])
          },
          (error: unknown) => ask.failed(error, false),
        )
      })
    } finally {
      wire?.cut()
    }
  }

  /** How often questions that were under way have been left behind on an older connection. */
  get renewals(): number {
    return this.#renewals
  }

  /** The next question gets another connection. */
  renew(): void {
    this.#renewals += 1
    this.#link.renew()
  }

  /** Learns what the generations of a space are. */
  async look(space: Space, terms: Terms): Promise<void> {
    const [level] = space.levels
    await this.ask({ request: request('get', level), terms, within: { space, token: '' } })
  }

  /** The same, and begins those that are not there. Who begins one at the same time has begun the same one. */
  async begin(space: Space, terms: Terms): Promise<void> {
    const begun = space.levels.map((level) =>
      this.ask({ request: request('add', level, { value: freshGeneration(), facts: FOR_EVER }), terms }),
    )
    await Promise.all([...begun, this.look(space, terms)])
  }

  close(): void {
    this.#link.close()
  }

  /** Once all have asked that are to in this turn: also those whom an answer has just let go on. */
  #flush(): void {
    const asks = this.#asks
    this.#asks = []
    const fail = (error: unknown): void => {
      for (const ask of asks) ask.failed(error, false)
    }
    let wire: Awaitable<Wire>
    try {
      wire = this.#link.open()
    } catch (error) {
      fail(error)
      return
    }
    if (isPromise(wire)) wire.then((opened) => this.#transmit(opened, asks), fail)
    else this.#transmit(wire, asks)
  }

  #transmit(wire: Wire, asks: readonly Ask[]): void {
    const now = this.#asker.clock.now()
    const due = asks.filter((ask) => {
      if (!wire.isOpen || ask.until <= now) ask.failed(new Lost(), false)
      else if (ask.question.on !== undefined && ask.question.on !== wire) ask.overtaken()
      else return true
      return false
    })
    if (due.length > 0) wire.send(new Round(due).exchanges)
  }
}
