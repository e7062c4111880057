import {
  type Awaitable,
  type CacheError,
  type Call,
  type Clock,
  type Found,
  type Host,
  isCacheError,
  isPromise,
  type Page,
  type Store,
  toCacheError,
  type Verbs,
} from '@cachette/core'
import { paged } from '../paged.js'
import type { Persistence } from './persistence.js'
import { Remains } from './remains.js'
import { rewritten } from './rewriting.js'

/** The verbs of a store, each made again where that helps and does no harm. */
export function repeating<V>(next: Store<V>, { clock }: Host, persistence: Persistence): Verbs<V> {
  const { traits, readOne } = next
  const readsAtOnce = traits.sync !== 'none'
  const writesAtOnce = traits.sync === 'all'

  const whole = <T>(isReady: boolean, call: Call, run: (attempt: Call) => Awaitable<T>): Awaitable<T> =>
    first(
      isReady,
      () => run(persistence.begin(call)),
      (failure) => persistence.persist(call, failure, () => run(persistence.attempt(call))),
    )

  return {
    ...(readOne !== undefined && {
      readOne: (key, call) => whole(readsAtOnce, call, (attempt) => readOne(key, attempt)),
    }),
    read: (keys, call) =>
      first(
        readsAtOnce,
        () => next.read(keys, persistence.begin(call)),
        (failure) => reread(next, persistence, keys, call, failure),
      ),
    write: (changes, call) =>
      first(
        writesAtOnce,
        () => next.write(changes, persistence.begin(call)),
        (failure) => rewritten(next, persistence, changes, call, failure),
      ),
    clear: (prefix, call) => whole(writesAtOnce, call, (attempt) => next.clear(prefix, attempt)),
    scan: (prefix, call) => rescanned(next, persistence, prefix, call, clock),
  }
}

/** The first attempt. Its answer is given as it is. So is a ready failure: to wait would make a promise of it. */
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

/** Asks for those keys again that failed. */
function reread<V>(
  next: Store<V>,
  persistence: Persistence,
  keys: readonly string[],
  call: Call,
  failure: CacheError,
): Promise<readonly (Found<V> | undefined)[]> {
  const remains = new Remains(keys, failure)
  return persistence.persist(call, failure, async () => {
    const { open } = remains
    try {
      const asked = open.map((place) => keys[place] ?? '')
      const found = await next.read(asked, persistence.attempt(call))
      for (const [index, place] of open.entries()) remains.answered(place, found[index])
    } catch (error) {
      remains.failed(open, toCacheError(error))
    }
    // The outcome of a key holds what the verb would have answered for it.
    return remains.answers(false) as readonly (Found<V> | undefined)[]
  })
}

/** Begun again only before its first page: later, keys would come twice. */
async function* rescanned<V>(
  next: Store<V>,
  persistence: Persistence,
  prefix: string,
  call: Call,
  clock: Clock,
): AsyncIterable<Page<V>> {
  persistence.begin(call)
  const timed = paged(call, clock)
  let pages: AsyncIterator<Page<V>> | undefined
  const begin = (): Promise<IteratorResult<Page<V>>> => {
    pages = next.scan(prefix, call)[Symbol.asyncIterator]()
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
