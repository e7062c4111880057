import type { Load, Versions } from '@cachette/core'

/** One for each store, whoever tells its versions: so that all caches of the store void each other's loads. */
const known = new WeakMap<Versions, LoadsUnderWay>()

/** Which loads read which keys, so that an invalidation that names no single keys can void them. */
export class LoadsUnderWay {
  readonly #keys = new Map<Load, Set<string>>()

  static of(versions: Versions): LoadsUnderWay {
    const own = known.get(versions) ?? new LoadsUnderWay()
    known.set(versions, own)
    return own
  }

  add(load: Load | undefined, keys: readonly string[]): void {
    if (load === undefined) return
    const seen = this.#keys.get(load)
    for (const key of keys) seen?.add(key)
    if (seen !== undefined) return
    this.#keys.set(load, new Set(keys))
    load.onEnd(() => void this.#keys.delete(load))
  }

  void(matches: (key: string) => boolean): void {
    for (const [load, keys] of this.#keys) if ([...keys].some(matches)) load.void()
  }
}
