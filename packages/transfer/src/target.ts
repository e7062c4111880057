import { CacheError, type Change, compareVersions, type Found, type Header, type Shell } from '@cachette/core'
import type { Settings } from './options.js'
import { shownKey } from './shown-key.js'
import { callOf, type Headed, type Keyed } from './source.js'
import type { Tally } from './tally.js'

/** So often others may write a key between the look at it and the write. */
const MOST_ATTEMPTS = 16

/** What is stored under a key, as far as it is known. */
export type Stored = Header | undefined

/** Where entries go: each is written only where nothing is, or something older, and judged so by the store itself. */
export class Target {
  readonly store: Shell<unknown>
  readonly #settings: Settings
  readonly #tally: Tally

  constructor(store: Shell<unknown>, settings: Settings, tally: Tally) {
    this.store = store
    this.#settings = settings
    this.#tally = tally
  }

  async headers(keys: readonly string[]): Promise<readonly (Found<unknown> | undefined)[]> {
    return this.store.read(keys, callOf(this.store, this.#settings, 'header'))
  }

  async found(keys: readonly string[]): Promise<readonly (Found<unknown> | undefined)[]> {
    return this.store.read(keys, callOf(this.store, this.#settings, 'value'))
  }

  /** Those that are newer than what is stored; the others are counted. */
  lacking<T extends Headed>(items: readonly T[], stored: readonly Stored[]): readonly T[] {
    const now = this.store.clock.now()
    return items.filter(([, { version }], index) => {
      const there = stored[index]
      const age = there === undefined || isNothing(there, now) ? -1 : compareVersions(there.version, version)
      if (age === 0) this.#tally.add({ same: 1 })
      if (age > 0) this.#tally.add({ newer: 1 })
      return age < 0
    })
  }

  /** Writes what is newer than what is stored. */
  async put(entries: readonly Keyed[]): Promise<void> {
    let left = entries
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === MOST_ATTEMPTS) throw contended(this.store.name)
      left = await this.#attempt(left)
    }
  }

  /** Gives those that others wrote between the look and the write. */
  async #attempt(entries: readonly Keyed[]): Promise<readonly Keyed[]> {
    const stored = await this.headers(entries.map(([key]) => key))
    const known = new Map(entries.map(([key], index) => [key, stored[index]]))
    const lacking = this.lacking(entries, stored)
    if (lacking.length === 0) return []
    const changes = lacking.map(([key, entry]): Change<unknown> => {
      const { version } = entry
      this.store.versions.observe(version)
      return { key, entry, version, when: this.#condition(known.get(key)) }
    })
    this.#checkSizes(lacking)
    const answers = await this.store.write(changes, callOf(this.store, this.#settings, 'value'))
    const done = lacking.filter((_, index) => answers[index] === true)
    this.#tally.add({ copied: done.length, bytes: done.reduce((sum, [, { size }]) => sum + size, 0) })
    return lacking.filter((_, index) => answers[index] !== true)
  }

  /** The store refuses it too, and does not know the key. */
  #checkSizes(entries: readonly Keyed[]): void {
    const { name, traits } = this.store
    for (const [key, { size }] of entries) {
      if (size <= traits.maxValueBytes) continue
      const text = `${name} takes values up to ${traits.maxValueBytes} bytes, and ${shownKey(key)} has ${size}`
      throw new CacheError('TOO_LARGE', text, {
        source: name,
        details: { maxBytes: traits.maxValueBytes, bytes: size },
      })
    }
  }

  #condition(stored: Stored): Change['when'] {
    if (this.store.traits.conditional === 'none') return undefined
    return stored === undefined ? 'vacant' : { version: stored.version }
  }
}

/** What was damaged, and what a loader left behind when it died. */
function isNothing({ kind, expiresAt }: Header, now: number): boolean {
  return kind === 'damaged' || (kind === 'lease' && now >= expiresAt)
}

function contended(store: string): CacheError {
  return new CacheError('BUSY', `others write to ${store} faster than entries can be put in their place`, {
    source: store,
  })
}
