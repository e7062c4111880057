import { createHash, randomBytes } from 'node:crypto'
import { type Request, request } from './protocol.js'

/** So many bits never come twice: what was stored in a generation that is over stays unseen for good. */
const GENERATION_BYTES = 12

/** Of the digest of all generations; as hard to meet twice. */
const TOKEN_LENGTH = 16

/** A name that a generation stands under, and the request for it, which goes out with every other. */
export interface Level {
  readonly name: string
  readonly look: Request
}

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
  readonly levels: readonly [Level, ...Level[]]
  #generations: readonly (string | undefined)[] = []
  #token: string | undefined

  constructor([outermost, ...inner]: readonly [string, ...string[]]) {
    this.levels = [levelAt(outermost), ...inner.map(levelAt)]
  }

  /** Stands for all of its generations; nothing as long as one of them is not there, or not known. */
  get token(): string | undefined {
    return this.#token
  }

  /** What they are now, or were a moment ago. */
  saw(found: Generations): void {
    const { levels } = this
    if (this.#generations.length > 0 && levels.every(({ name }, at) => found.get(name) === this.#generations[at]))
      return
    const generations = levels.map(({ name }) => found.get(name))
    this.#generations = generations
    this.#token = generations.includes(undefined) ? undefined : digestOf(JSON.stringify(generations))
  }
}

function levelAt(name: string): Level {
  return { name, look: request('get', name) }
}

function digestOf(generations: string): string {
  return createHash('sha256').update(generations).digest('base64url').slice(0, TOKEN_LENGTH)
}
