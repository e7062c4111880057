import {
  type Awaitable,
  type CacheError,
  type Call,
  type Change,
  type Clock,
  type Found,
  isCacheError,
  isPromise,
  type Page,
  type Store,
  toCacheError,
} from '@cachette/core'
import { paged } from '../paged.js'
import type { Persistence } from './persistence.js'
import { Remains } from './remains.js'
import { Rewriting } from './rewriting.js'

export type ReadOne<V> = NonNullable<Store<V>['readOne']>

/** The verbs of a store, each made again where that helps and does no harm. */
export class Repeating<V> {
  readonly #next: Store<V>
  readonly #clock: Clock
  readonly #persistence: Persistence
  /** Failures of these that are ready are passed on at once: to wait would make a promise of a ready answer. */
  readonly #readsAtOnce: boolean
  readonly #writesAtOnce: boolean

  constructor(next: Store<V>, clock: Clock, persistence: Persistence) {
    this.#next = next
    this.#clock = clock
    this.#persistence = persistence
    this.#readsAtOnce = next.traits.sync !== 'none'
    this.#writesAtOnce = next.traits.sync === 'all'
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return first(
      this.#readsAtOnce,
      () => this.#next.read(keys, this.#persistence.begin(call)),
      (failure) => this.#readAgain(keys, call, failure),
    )
  }

  /** Of a single key, by whatever reads one. */
  readOne(readOne: ReadOne<V>, key: string, call: Call): Awaitable<Found<V> | undefined> {
    return first(
      this.#readsAtOnce,
      () => readOne(key, this.#persistence.begin(call)),
      (failure) => this.#persistence.persist(call, failure, () => readOne(key, this.#persistence.attempt(call))),
    )
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    return first(
      this.#writesAtOnce,
      () => this.#next.write(changes, this.#persistence.begin(call)),
      (failure) => new Rewriting(this.#next, this.#persistence, changes, call, failure).run(),
    )
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    const persistence = this.#persistence
    return first(
      this.#writesAtOnce,
      () => this.#next.clear(prefix, persistence.begin(call)),
      (failure) => persistence.persist(call, failure, () => this.#next.clear(prefix, persistence.attempt(call))),
    )
  }

  /** Begun again only before its first page: later, keys would come twice. */
  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    const persistence = this.#persistence
    persistence.begin(call)
    const timed = paged(call, this.#clock)
    let pages: AsyncIterator<Page<V>> | undefined
    const begin = (): Promise<IteratorResult<Page<V>>> => {
      pages = this.#next.scan(prefix, call)[Symbol.asyncIterator]()
      return pages.next()
    }
    try {
      let page = await first(false, begin, (failure) => persistence.persist(timed, failure, begin))
      while (pages !== undefined && page.done !== true) {
        yield page.value
        page = await pages.next()
      }
    } finally {
      await pages?.return?.()
    }
  }

  #readAgain(keys: readonly string[], call: Call, failure: CacheError): Promise<readonly (Found<V> | undefined)[]> {
    // The outcome of a key holds what the verb would have answered for it.
    const remains = new Remains(keys, failure, (outcome) => outcome as Found<V> | undefined)
    const again = async (): Promise<readonly (Found<V> | undefined)[]> => {
      const { open } = remains
      try {
        const asked = open.map((place) => keys[place] ?? '')
        const found = await this.#next.read(asked, this.#persistence.attempt(call))
        for (const [index, place] of open.entries()) remains.answered(place, found[index])
      } catch (error) {
        remains.failed(open, toCacheError(error))
      }
      return remains.answers ?? Promise.reject(remains.failure(false))
    }
    return this.#persistence.persist(call, failure, again)
  }
}

/** The first attempt. Its answer is given as it is; so is its failure, where nothing can be done about that. */
function first<T>(isReady: boolean, run: () => Awaitable<T>, again: (failure: CacheError) => Promise<T>): Awaitable<T> {
  let answer: Awaitable<T>
  try {
    answer = run()
  } catch (error) {
    if (isReady || !isCacheError(error)) throw error
    return again(error)
  }
  if (!isPromise(answer)) return answer
  return answer.catch((error: unknown) => {
    if (isCacheError(error)) return again(error)
    throw error
  })
}
