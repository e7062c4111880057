import { sharedNow } from './rounds.js'
import type { Control } from './supervise.js'

/** Lets all begin at the same time, once all are ready; where one is gone before, nobody has to wait for it. */
export class CommonStart {
  readonly #expected: number
  readonly #waiting: Control[] = []
  #begun = false

  constructor(expected: number) {
    this.#expected = expected
  }

  /** Once for each that has opened, also of several in one process. */
  ready(control: Control): void {
    this.#waiting.push(control)
    if (this.#waiting.length < this.#expected) return
    this.#begun = true
    const startAt = sharedNow()
    for (const one of new Set(this.#waiting)) one.say(String(startAt))
  }

  /** One has ended. */
  left(): void {
    if (this.#begun) return
    for (const one of this.#waiting) one.kill()
  }
}
