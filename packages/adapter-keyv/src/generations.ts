import { randomBytes } from 'node:crypto'
import { CacheError, SEPARATOR } from '@cachette/core'
import { Lanes } from '@cachette/core/adapter'
import { type Backend, SOURCE } from './backend.js'
import { escaped, hashed, type Names, startOf } from './names.js'

/** Of a boundary that has never been cleared, in a store that keeps what it is given. */
const FIRST = 'first'

/** Names each turn in the lanes. */
let turns = 0

/**
 * Names for stores that cannot list theirs: hashes of the key and of the generation of every namespace around it.
 * Clearing one gives it a new generation, so that nobody finds what is called by the old one; the store drops that in
 * its own time. Where the store may drop entries, it may drop a generation too: its namespace is empty then, and gets
 * one that never was, since under an old one what has been cleared would be back.
 */
export class Generations implements Names {
  readonly #backend: Backend
  readonly #start: string
  readonly #evicts: boolean
  readonly #lanes = new Lanes()

  constructor(backend: Backend, root: string, evicts: boolean) {
    this.#backend = backend
    this.#start = startOf(root)
    this.#evicts = evicts
  }

  async of(keys: readonly string[], now: 'reading' | 'writing'): Promise<readonly (string | undefined)[]> {
    const boundaries = new Set(keys.flatMap(boundariesOf))
    const known = new Map<string, string | undefined>()
    await Promise.all(
      [...boundaries].map(async (boundary) => void known.set(boundary, await this.#generation(boundary, now))),
    )
    return keys.map((key) => {
      const generations = boundariesOf(key).map((boundary) => known.get(boundary))
      const all = generations.filter((generation) => generation !== undefined)
      return all.length === generations.length ? this.#start + hashed(...all, key) : undefined
    })
  }

  clear(boundary: string): Promise<void> {
    return this.#backend.set(this.#nameOf(boundary), newGeneration(), undefined)
  }

  async #generation(boundary: string, now: 'reading' | 'writing'): Promise<string | undefined> {
    const found = await this.#stored(boundary)
    if (found !== undefined || !this.#evicts) return found ?? FIRST
    if (now === 'reading') return undefined
    turns += 1
    // Two that found none agree on one.
    return this.#lanes.run({ keys: [boundary], writes: true }, turns, async () => {
      const other = await this.#stored(boundary)
      if (other !== undefined) return other
      const made = newGeneration()
      await this.#backend.set(this.#nameOf(boundary), made, undefined)
      return made
    })
  }

  async #stored(boundary: string): Promise<string | undefined> {
    const found = await this.#backend.get(this.#nameOf(boundary))
    if (found === undefined || typeof found === 'string') return found
    // Under the first one, what has been cleared would be back.
    throw new CacheError('CORRUPT', 'the generation of a namespace is damaged; clear it', { source: SOURCE })
  }

  #nameOf(boundary: string): string {
    const text = escaped(boundary)
    return `${this.#start}@${text.length > 64 ? hashed(boundary) : text}`
  }
}

function newGeneration(): string {
  return randomBytes(12).toString('hex')
}

/** The root, and every namespace that the key lies in. */
function boundariesOf(key: string): readonly string[] {
  const boundaries = ['']
  for (let at = key.indexOf(SEPARATOR); at >= 0; at = key.indexOf(SEPARATOR, at + 1)) {
    boundaries.push(key.slice(0, at + 1))
  }
  return boundaries
}
