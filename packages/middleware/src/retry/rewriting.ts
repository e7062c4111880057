import {
  type CacheError,
  type Call,
  type Change,
  compareVersions,
  type Store,
  toCacheError,
  type Version,
} from '@cachette/core'
import { restated } from '@cachette/core/adapter'
import type { Persistence } from './persistence.js'
import { Remains } from './remains.js'

/** A batch of changes that failed: makes again what may be made again without doing it twice. */
export class Rewriting<V> {
  readonly #next: Store<V>
  readonly #persistence: Persistence
  readonly #changes: readonly Change<V>[]
  readonly #call: Call
  readonly #failure: CacheError
  readonly #remains: Remains<boolean>

  constructor(
    next: Store<V>,
    persistence: Persistence,
    changes: readonly Change<V>[],
    call: Call,
    failure: CacheError,
  ) {
    this.#next = next
    this.#persistence = persistence
    this.#changes = changes
    this.#call = call
    this.#failure = failure
    const keys = changes.map(({ key }) => key)
    this.#remains = new Remains(keys, failure, (outcome) => outcome === true)
  }

  async run(): Promise<readonly boolean[]> {
    const remains = this.#remains
    if (remains.open.length === 0) throw this.#failure
    if (this.#isInseparable()) throw restated(this.#failure, { retry: 'exhausted' })
    return this.#persistence.persist(this.#call, remains.failure(true), async () => {
      await this.#again()
      return remains.answers ?? Promise.reject(remains.failure(true))
    })
  }

  /**
   * Whether the batch can only be made again as a whole, and then some of it might be done twice: it is atomic, or one
   * change hangs on another of the same key, and it is in doubt.
   */
  #isInseparable(): boolean {
    const changes = this.#changes
    if (changes.length === 1 || changes.every(isPlainPut)) return false
    const hasTwins = new Set(changes.map(({ key }) => key)).size < changes.length
    if (hasTwins && this.#failure.outcomes !== undefined) return true
    return this.#failure.outcome === 'unknown' && (hasTwins || this.#next.traits.atomicBatch)
  }

  async #again(): Promise<void> {
    const remains = this.#remains
    const doubtful = remains.open.filter((place) => remains.isInDoubt(place))
    const asked = doubtful.filter((place) => this.#changes[place]?.when !== undefined)
    if (asked.length > 0 && !(await this.#look(asked))) return
    const { open } = remains
    const again = open.flatMap((place) => this.#changes[place] ?? [])
    if (again.length === 0) return
    try {
      const answers = await this.#next.write(again, this.#persistence.attempt(this.#call))
      for (const [index, place] of open.entries()) {
        const answer = answers[index] === true
        // Done or not, the first attempt may have been what did it.
        if (!answer && doubtful.includes(place)) remains.leave(place)
        else remains.answered(place, answer)
      }
    } catch (error) {
      remains.failed(open, toCacheError(error, { outcome: 'unknown' }))
    }
  }

  /** Whether the store could be asked what became of conditional changes in doubt. */
  async #look(places: readonly number[]): Promise<boolean> {
    const remains = this.#remains
    const keys = places.map((place) => this.#changes[place]?.key ?? '')
    const look: Call = { ...this.#persistence.attempt(this.#call), want: 'header', show: 'all', load: undefined }
    try {
      const found = await this.#next.read(keys, look)
      for (const [index, place] of places.entries()) {
        const change = this.#changes[place]
        const stored = found[index]?.version
        if (change?.entry !== undefined && isSame(stored, change.version)) remains.answered(place, true)
        // What it was to replace is still there: whenever it lands, it lands once.
        else if (!(typeof change?.when === 'object' && isSame(stored, change.when.version))) remains.leave(place)
      }
      return true
    } catch (error) {
      remains.failed(places, toCacheError(error))
      return false
    }
  }
}

/** It may be made any number of times: the same entry is there afterwards, and the answer is the same. */
function isPlainPut({ entry, when }: Change<unknown>): boolean {
  return entry !== undefined && when === undefined
}

function isSame(stored: Version | undefined, version: Version): boolean {
  return stored !== undefined && compareVersions(stored, version) === 0
}
