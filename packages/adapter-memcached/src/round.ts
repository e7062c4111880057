import type { Ask } from './ask.js'
import { request, STATUS } from './protocol.js'
import type { Space } from './space.js'
import type { Waiting } from './wire.js'

/**
 * What goes to a server in one piece: the questions, and behind them a look at the generations that they go by. Answers
 * come in the order of the questions, so a generation that is still the same after an answer was so at its time.
 */
export class Round {
  readonly exchanges: readonly Waiting[]
  readonly #asks: readonly Ask[]
  readonly #spaces: ReadonlySet<Space>
  readonly #found = new Map<string, string | undefined>()
  #left: number

  constructor(asks: readonly Ask[]) {
    this.#asks = asks.filter(({ question }) => question.within !== undefined)
    this.#spaces = new Set(asks.flatMap(({ question }) => question.within?.space ?? []))
    const levels = new Set([...this.#spaces].flatMap(({ levels }) => levels))
    const until = this.#asks.reduce((soonest, ask) => Math.min(soonest, ask.until), Infinity)
    this.#left = levels.size
    this.exchanges = [...asks, ...Array.from(levels, (level) => this.#look(level, until))]
  }

  #look(level: string, until: number): Waiting {
    return {
      request: request('get', level),
      until,
      answered: ({ status, value }) => {
        this.#found.set(level, status === STATUS.ok ? Buffer.from(value).toString('base64') : undefined)
        this.#left -= 1
        if (this.#left === 0) this.#judge()
      },
      // Also those that have an answer already cannot know whether it counts.
      failed: (error, isSent) => {
        for (const ask of this.#asks) ask.failed(error, isSent)
      },
    }
  }

  #judge(): void {
    for (const space of this.#spaces) space.saw(this.#found)
    for (const ask of this.#asks) ask.judged()
  }
}
