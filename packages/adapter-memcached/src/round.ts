import type { Ask } from './ask.js'
import { type Reply, request, STATUS } from './protocol.js'
import type { Space } from './space.js'
import type { Waiting } from './wire.js'

/**
 * What goes to a server in one piece: the questions, and behind them a look at the generations that they go by. Answers
 * come in the order of the questions, so a generation that is still the same after an answer was so at its time.
 */
export class Round {
  readonly exchanges: Waiting[]
  readonly #asks: Ask[] = []
  readonly #spaces = new Set<Space>()
  readonly #found = new Map<string, string | undefined>()
  #left = 0

  constructor(asks: readonly Ask[]) {
    this.exchanges = [...asks]
    let until = Infinity
    for (const ask of asks) {
      const { within } = ask.question
      if (within === undefined) continue
      this.#asks.push(ask)
      this.#spaces.add(within.space)
      until = Math.min(until, ask.until)
    }
    const levels = new Set<string>()
    for (const space of this.#spaces) for (const level of space.levels) levels.add(level)
    for (const level of levels) this.exchanges.push(this.#look(level, until))
    this.#left = levels.size
  }

  #look(level: string, until: number): Waiting {
    return {
      request: request('get', level),
      until,
      answered: (reply) => {
        this.#found.set(level, reply.status === STATUS.ok ? textOf(reply) : undefined)
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

/** Whatever stands there, other bytes are another text. */
function textOf({ value }: Reply): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
}
