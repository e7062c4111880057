import { tellAll } from '@cachette/core/adapter'

/** Why an entry is no longer there, or no longer the same. */
export type RemovalCause = 'capacity' | 'expired' | 'removed' | 'replaced' | 'cleared'

export interface Removal {
  /** As the layer knows it: with its namespaces. */
  readonly key: string
  readonly cause: RemovalCause
  /** What it weighed. */
  readonly bytes: number
}

/** Who wants to hear of removals. What nobody hears is not put together. */
export class Removals {
  readonly #listeners = new Set<(removal: Removal) => void>()

  listen(listener: (removal: Removal) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get heard(): boolean {
    return this.#listeners.size > 0
  }

  tell(key: string, cause: RemovalCause, bytes: number): void {
    if (this.#listeners.size > 0) tellAll(this.#listeners, { key, cause, bytes })
  }
}
