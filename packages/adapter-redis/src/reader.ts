import type { Call, Found } from '@cachette/core'
import type { Entries } from './entries.js'
import { replyWord } from './errors.js'
import type { Root } from './keys.js'
import type { Terms } from './question.js'
import type { Router } from './router.js'
import { HEADS } from './scripts.js'

/** Makes entries of what is stored. */
export class Reader {
  readonly #router: Router
  readonly #root: Root
  readonly #entries: Entries

  constructor(router: Router, root: Root, entries: Entries) {
    this.#router = router
    this.#root = root
    this.#entries = entries
  }

  async read(keys: readonly string[], want: Call['want'], terms: Terms): Promise<readonly (Found | undefined)[]> {
    if (keys.length === 0) return []
    const names = keys.map((key) => this.#root.nameOf(key))
    const found = want === 'header' ? await this.#heads(keys, names, terms) : await this.#values(keys, names, terms)
    if (!found.some(isDamaged)) return found
    return Promise.all(
      found.map(async (entry, index) => (isDamaged(entry) ? this.#lookAgain(keys[index] ?? '', terms) : entry)),
    )
  }

  /** The bytes under a key, if there are any. */
  async bytesOf(key: string, terms: Terms): Promise<Buffer | undefined> {
    const [bytes] = await this.#router.values([this.#root.nameOf(key)], terms)
    return Buffer.isBuffer(bytes) ? bytes : undefined
  }

  async #values(
    keys: readonly string[],
    names: readonly string[],
    terms: Terms,
  ): Promise<readonly (Found | undefined)[]> {
    const stored = await this.#router.values(names, terms)
    return keys.map((key, index) => {
      const bytes = stored[index]
      return Buffer.isBuffer(bytes) ? this.#entries.read(bytes, key) : undefined
    })
  }

  async #heads(
    keys: readonly string[],
    names: readonly string[],
    terms: Terms,
  ): Promise<readonly (Found | undefined)[]> {
    const stored = await this.#router.heads(names, terms).catch((error: unknown) => {
      if (replyWord(error) !== 'NOSCRIPT') throw error
      return undefined
    })
    if (stored === undefined) return this.#loaded(names, terms).then(() => this.#values(keys, names, terms))
    return keys.map((key, index) => {
      const [head, frameBytes] = stored.slice(2 * index, 2 * index + 2)
      return Buffer.isBuffer(head) ? this.#entries.readHead(head, key, Number(frameBytes)) : undefined
    })
  }

  /** Brings the script back to a server that has lost it, for next time; without keys it does nothing else. */
  async #loaded(names: readonly string[], terms: Terms): Promise<void> {
    const [name = ''] = names
    await this.#router.ask(name, ['EVAL', HEADS.text, 0], terms)
  }

  /** What is damaged may have become so on its way: only what another connection brings too is taken for stored so. */
  async #lookAgain(key: string, terms: Terms): Promise<Found | undefined> {
    const name = this.#root.nameOf(key)
    const bytes = await this.#router.askAfresh(name, ['GET', name], terms)
    const found = Buffer.isBuffer(bytes) ? this.#entries.read(bytes, key) : undefined
    if (!isDamaged(found)) this.#router.renew(name)
    return found
  }
}

function isDamaged(found: Found | undefined): boolean {
  return found?.kind === 'damaged'
}
