import { setTimeout as wait } from 'node:timers/promises'

/** A stand-in for a database or a service: it takes its time, counts its calls, and can be out of order. */
export class Source {
  calls = 0
  isDown = false
  readonly #tookMs: number

  constructor(tookMs: number) {
    this.#tookMs = tookMs
  }

  async find(id: string): Promise<{ id: string; revision: number }> {
    this.calls += 1
    const revision = this.calls
    await wait(this.#tookMs)
    if (this.isDown) throw new Error('the source is down')
    return { id, revision }
  }
}
