import { createHash } from 'node:crypto'
import { SEPARATOR } from '@cachette/core'

/** What servers take for a name. */
const MAX_NAME_BYTES = 250

/** A UTF-16 unit is at most three bytes of UTF-8, so shorter strings need no counting. */
const BYTES_PER_UNIT = 3

/** What a name stands for: a generation, an item, a part of one. Capitals where the rest is a digest, being too long. */
const KINDS = { generation: ['g', 'G'], item: ['k', 'K'], part: ['p', 'P'] } as const

/** Names on the servers. All begin with the root and a separator, which the root cannot hold. */
export class Names {
  readonly #root: string

  constructor(root: string) {
    this.#root = root + SEPARATOR
  }

  /** Where the generation of a namespace stands. */
  generation(namespace: string): string {
    return this.#name('generation', '', namespace)
  }

  /** Of a namespace and all round it, from that of all keys. */
  generations(namespace: string): readonly [string, ...string[]] {
    const names: [string, ...string[]] = [this.generation('')]
    for (let at = namespace.indexOf(SEPARATOR); at !== -1; at = namespace.indexOf(SEPARATOR, at + 1)) {
      names.push(this.generation(namespace.slice(0, at + 1)))
    }
    return names
  }

  item(token: string, key: string): string {
    return this.#name('item', token, key)
  }

  part(id: string, index: number): string {
    return this.#name('part', id, String(index))
  }

  #name(kind: keyof typeof KINDS, token: string, rest: string): string {
    const [plain, digested] = KINDS[kind]
    const name = `${this.#root}${plain}${token}${rest}`
    if (name.length * BYTES_PER_UNIT <= MAX_NAME_BYTES || Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
    return `${this.#root}${digested}${token}${createHash('sha256').update(rest).digest('base64url')}`
  }
}

/** All of the key up to its last segment: what can be cleared at once. */
export function namespaceOf(key: string): string {
  return key.slice(0, key.lastIndexOf(SEPARATOR) + 1)
}
