import type { Found } from '@cachette/core'

/** Of so many keys the tags are remembered, those read last. */
const MOST_KEYS = 4_096

/** The tags that keys were last seen with, so that their markers can be asked for in one go with the entries. */
export class SeenTags {
  readonly #names = new Map<string, readonly string[]>()

  of(keys: readonly string[]): readonly string[] {
    if (this.#names.size === 0) return []
    return [...new Set(keys.flatMap((key) => this.#names.get(key) ?? []))]
  }

  note(keys: readonly string[], found: readonly (Found<unknown> | undefined)[]): void {
    for (const [index, key] of keys.entries()) {
      const tags = found[index]?.tags ?? []
      this.#names.delete(key)
      if (tags.length === 0) continue
      this.#names.set(
        key,
        tags.map(({ name }) => name),
      )
      const [oldest] = this.#names.keys()
      if (this.#names.size > MOST_KEYS && oldest !== undefined) this.#names.delete(oldest)
    }
  }
}
