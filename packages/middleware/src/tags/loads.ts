import type { Load } from '@cachette/core'
import type { Moment } from './markers.js'

/** What is known of a load since it began. */
export interface Begun {
  readonly moment: Moment
  /** Its tags, as far as they were known, and those of what it is to replace. */
  readonly tags: ReadonlySet<string>
}

/** The loads under way: at which moment each began, and which are void when a tag is invalidated in this process. */
export class Loads {
  readonly #begun = new WeakMap<Load, Begun>()
  readonly #byTag = new Map<string, Set<Load>>()

  get(load: Load): Begun | undefined {
    return this.#begun.get(load)
  }

  begin(load: Load, moment: Moment, tags: ReadonlySet<string>): void {
    this.#begun.set(load, { moment, tags })
    for (const name of tags) {
      const loads = this.#byTag.get(name) ?? new Set()
      this.#byTag.set(name, loads.add(load))
    }
    if (tags.size > 0) load.onEnd(() => this.#forget(load, tags))
  }

  /** Whoever comes from now on is not to join them. */
  void(names: Iterable<string>): void {
    for (const name of names) for (const load of this.#byTag.get(name) ?? []) load.void()
  }

  #forget(load: Load, tags: ReadonlySet<string>): void {
    for (const name of tags) {
      const loads = this.#byTag.get(name)
      loads?.delete(load)
      if (loads?.size === 0) this.#byTag.delete(name)
    }
  }
}
