import { createHash, randomBytes } from 'node:crypto'

/** So many bits never come twice: what was stored in a generation that is over stays unseen for good. */
const GENERATION_BYTES = 12

/** Of the digest of all generations; as hard to meet twice. */
const TOKEN_LENGTH = 16

export function freshGeneration(): Buffer {
  return Buffer.from(randomBytes(GENERATION_BYTES).toString('base64url'))
}

/** What generations were found, by the names that they stand under; nothing where there is none. */
export type Generations = ReadonlyMap<string, string | undefined>

/**
 * A namespace on one server, with the generations that it and all round it were last seen to have. Names of its items
 * are made of them, so that whoever ends one of them hides everything that was stored before.
 */
export class Space {
  /** Where the generations stand, from the outermost namespace. */
  readonly levels: readonly [string, ...string[]]
  #generations: readonly (string | undefined)[] = []
  #token: string | undefined

  constructor(levels: readonly [string, ...string[]]) {
    this.levels = levels
  }

  /** Stands for all of its generations; nothing as long as one of them is not there, or not known. */
  get token(): string | undefined {
    return this.#token
  }

  /** What they are now, or were a moment ago. */
  saw(found: Generations): void {
    const { levels } = this
    if (this.#generations.length > 0 && levels.every((level, at) => found.get(level) === this.#generations[at])) return
    const generations = levels.map((level) => found.get(level))
    this.#generations = generations
    this.#token = generations.includes(undefined) ? undefined : digestOf(JSON.stringify(generations))
  }
}

function digestOf(generations: string): string {
  return createHash('sha256').update(generations).digest('base64url').slice(0, TOKEN_LENGTH)
}
