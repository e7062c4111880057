import type { Change, Load } from './contract.js'
import { getOrMake } from './maps.js'

/** Knows which loads read which keys of a store, and voids them when another call changes one. */
export class LoadWatch {
  readonly #loads = new Map<string, Set<Load>>()

  /** From here on a change to one of these keys voids the load. */
  watch(keys: readonly string[], load: Load): void {
    for (const key of keys) {
      const loads = getOrMake(this.#loads, key, () => new Set())
      if (loads.has(load)) continue
      loads.add(load)
      load.onEnd(() => this.#forget(key, load))
    }
  }

  /** A write that may take effect at any moment from now on: one that sets no condition. */
  writing(changes: readonly Pick<Change, 'key' | 'when'>[], by: Load | undefined): void {
    if (this.#loads.size === 0) return
    for (const { key, when } of changes) if (when === undefined) this.#void(key, by)
  }

  /** A write whose conditions have been judged. */
  written(changes: readonly Change<unknown>[], answers: readonly boolean[], by: Load | undefined): void {
    if (this.#loads.size === 0) return
    changes.forEach(({ key, when }, index) => {
      if (when !== undefined && answers[index] !== false) this.#void(key, by)
    })
  }

  clearing(prefix: string, by: Load | undefined): void {
    for (const key of this.#loads.keys()) if (key.startsWith(prefix)) this.#void(key, by)
  }

  #void(key: string, by: Load | undefined): void {
    for (const load of this.#loads.get(key) ?? []) if (load !== by) load.void()
  }

  #forget(key: string, load: Load): void {
    const loads = this.#loads.get(key)
    loads?.delete(load)
    if (loads?.size === 0) this.#loads.delete(key)
  }
}
