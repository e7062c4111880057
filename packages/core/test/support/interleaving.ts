import { turns } from './deferred.js'
import type { Choose } from './explore.js'
import type { Pending, TestStore } from './test-store.js'

/** Things that are under way at once, and may go on in any order: the calls of held stores, and steps of the test. */
export class Interleaving {
  readonly #stores: readonly TestStore[]
  #steps: (() => unknown)[] = []

  constructor(stores: readonly TestStore[]) {
    this.#stores = stores
    for (const store of stores) store.held = true
  }

  /** From now on this may happen, once. */
  offer(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Until nothing is left to go on with. */
  async run(choose: Choose): Promise<void> {
    for (;;) {
      await turns()
      const answers = [...new Set(this.#stores.flatMap(({ pending }) => pending))]
      const ways = this.#steps.length + answers.length
      if (ways === 0) return
      const way = choose(ways)
      const [step] = this.#steps.splice(way, 1)
      const answer = answers[way - this.#steps.length]
      if (step !== undefined) step()
      else if (answer !== undefined) this.#settle(answer)
    }
  }

  #settle(answer: Pending): void {
    for (const { pending } of this.#stores) {
      if (pending.includes(answer)) pending.splice(pending.indexOf(answer), 1)
    }
    answer.settle()
  }
}
