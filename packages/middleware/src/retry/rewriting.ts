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

/** Makes a batch of changes that failed again, as far as none of it is done twice. */
export async function rewritten<V>(
  next: Store<V>,
  persistence: Persistence,
  changes: readonly Change<V>[],
  call: Call,
  failure: CacheError,
): Promise<readonly boolean[]> {
  const remains = new Remains(
    changes.map(({ key }) => key),
    failure,
  )
  const worst = remains.failure(true) ?? failure
  if (remains.open.length === 0) throw failure
  if (isInseparable(changes, failure, next.traits.atomicBatch)) throw restated(failure, { retry: 'exhausted' })
  return persistence.persist(call, worst, async () => {
    await again(next, persistence.attempt(call), changes, remains)
    return remains.answers(true).map((answer) => answer === true)
  })
}

/**
 * Whether the batch can only be made again as a whole, and then some of it might be done twice: it is atomic, or one
 * change hangs on another of the same key, and it is in doubt.
 */
function isInseparable(changes: readonly Change<unknown>[], failure: CacheError, isAtomic: boolean): boolean {
  if (changes.length === 1 || changes.every(({ entry, when }) => entry !== undefined && when === undefined))
    return false
  const hasTwins = new Set(changes.map(({ key }) => key)).size < changes.length
  if (failure.outcome !== 'unknown') return hasTwins && failure.outcomes !== undefined
  return hasTwins || isAtomic
}

/** One more attempt at what is open. */
async function again<V>(next: Store<V>, call: Call, changes: readonly Change<V>[], remains: Remains): Promise<void> {
  const { doubtful } = remains
  const isClear = await looked(next, call, changes, remains)
  const { open } = remains
  if (!isClear || open.length === 0) return
  try {
    const answers = await next.write(
      open.flatMap((place) => changes[place] ?? []),
      call,
    )
    for (const [index, place] of open.entries()) {
      // Where it was not done now, an earlier attempt may be what did it.
      if (answers[index] === true || !doubtful.includes(place)) remains.answered(place, answers[index])
      else remains.leave(place)
    }
  } catch (error) {
    remains.failed(open, toCacheError(error, { outcome: 'unknown' }))
  }
}

/** Asks the store what became of conditional changes that are in doubt. Says whether that could be asked. */
async function looked<V>(
  next: Store<V>,
  call: Call,
  changes: readonly Change<V>[],
  remains: Remains,
): Promise<boolean> {
  const { doubtful } = remains
  const asked = [...changes.entries()].filter(([place, { when }]) => when !== undefined && doubtful.includes(place))
  if (asked.length === 0) return true
  try {
    const found = await next.read(
      asked.map(([, { key }]) => key),
      { ...call, want: 'header', show: 'all', load: undefined },
    )
    for (const [index, [place, { entry, version, when }]] of asked.entries()) {
      const stored = found[index]?.version
      if (entry !== undefined && isSame(stored, version)) remains.answered(place, true)
      // What it was to replace is still there: whenever it lands, it lands once.
      else if (typeof when !== 'object' || !isSame(stored, when.version)) remains.leave(place)
    }
    return true
  } catch (error) {
    const places = asked.map(([place]) => place)
    remains.failed(places, toCacheError(error))
    return false
  }
}

function isSame(stored: Version | undefined, version: Version): boolean {
  return stored !== undefined && compareVersions(stored, version) === 0
}
