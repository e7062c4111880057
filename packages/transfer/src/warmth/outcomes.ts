import type { Cache, LoadEvent } from '@cachette/core'
import { ownKey } from './changes.js'

type Told = (event: LoadEvent) => void

/** What became of loads, their writes included: those are told of after whoever waited has the value. */
export class Outcomes {
  readonly #waiting = new Map<string, Told[]>()
  readonly #stop: () => void

  constructor(cache: Pick<Cache<unknown>, 'on'>) {
    this.#stop = cache.on('load', (event) => {
      const key = ownKey(event.key)
      const told = this.#waiting.get(key) ?? []
      this.#waiting.delete(key)
      for (const tell of told) tell(event)
    })
  }

  /** To be asked by the loader itself, once it runs: then the load is sure to be told of. */
  next(key: string): Promise<LoadEvent> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key)
      if (waiting === undefined) this.#waiting.set(key, [resolve])
      else waiting.push(resolve)
    })
  }

  stop(): void {
    this.#stop()
  }
}
