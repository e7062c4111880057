import { ABSENT, type InternedOperation, type ValueId } from './operations.js'

/** Where a key may stand between two operations: its value, and the operations of unknown outcome that may yet land. */
export interface Standing<V> {
  readonly state: ValueId
  readonly waiting: readonly InternedOperation<V>[]
}

export interface SearchLimits {
  /** The store may drop a value at any time. */
  readonly lossy: boolean
  /** Configurations looked at before the search gives up. */
  readonly maxSteps: number
}

/** Raised where a search would take too long; the caller falls back to the cheap rule. */
export class SearchExhausted extends Error {}

/**
 * Cuts a history, sorted by `begin`, where nothing is under way. What came before a cut has happened before what comes
 * after it, so that each piece can be searched alone: long histories of few clients stay cheap.
 */
export function segments<V>(operations: readonly InternedOperation<V>[]): readonly (readonly InternedOperation<V>[])[] {
  const pieces: InternedOperation<V>[][] = []
  let piece: InternedOperation<V>[] = []
  let lastEnd = Number.NEGATIVE_INFINITY
  for (const operation of operations) {
    if (operation.begin > lastEnd && piece.length > 0) {
      pieces.push(piece)
      piece = []
    }
    piece.push(operation)
    if (!operation.optional) lastEnd = Math.max(lastEnd, operation.end)
  }
  if (piece.length > 0) pieces.push(piece)
  return pieces
}

/**
 * All standings in which some legal order of the piece can end: none where its answers are impossible.
 * A depth-first search over the sets of operations already ordered; a set reached twice with one state is looked at once.
 */
export function reachable<V>(
  from: readonly Standing<V>[],
  piece: readonly InternedOperation<V>[],
  limits: SearchLimits,
): readonly Standing<V>[] {
  const ends = new Map<string, Standing<V>>()
  for (const standing of from) {
    for (const end of explore(standing, piece, limits)) ends.set(nameOf(end), end)
  }
  return [...ends.values()]
}

/**
 * Which operations have been ordered. Those that ended are counted by a sliding window over their calls: all before
 * `low`, and the bits of `some` from there on; so a long entangled history costs no more than what overlaps in it.
 */
interface Configuration {
  readonly low: number
  readonly some: bigint
  /** Of the operations of unknown outcome. */
  readonly landed: bigint
  readonly state: ValueId
}

function explore<V>(
  start: Standing<V>,
  piece: readonly InternedOperation<V>[],
  limits: SearchLimits,
): readonly Standing<V>[] {
  const sure = piece.filter((operation) => !operation.optional)
  const unsure = [...start.waiting, ...piece.filter((operation) => operation.optional)]
  const ends = new Map<string, Standing<V>>()
  const seen = new Set<string>()
  const stack: Configuration[] = [{ low: 0, some: 0n, landed: 0n, state: start.state }]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const name = `${at.low}:${at.some}:${at.landed}:${at.state}`
    if (seen.has(name)) continue
    seen.add(name)
    if (seen.size > limits.maxSteps) throw new SearchExhausted()

    if (at.low === sure.length) {
      const { landed } = at
      const end = { state: at.state, waiting: unsure.filter((_, index) => !has(landed, index)) }
      ends.set(nameOf(end), end)
    }
    if (limits.lossy && at.state !== ABSENT) stack.push({ ...at, state: ABSENT })
    stack.push(...successors(at, sure, unsure))
  }
  return [...ends.values()]
}

/** Next comes an operation that was called before any of those left had ended. */
function successors<V>(
  at: Configuration,
  sure: readonly InternedOperation<V>[],
  unsure: readonly InternedOperation<V>[],
): readonly Configuration[] {
  const found: Configuration[] = []
  let firstEnd = Number.POSITIVE_INFINITY
  for (let index = at.low; index < sure.length; index += 1) {
    const operation = sure[index]
    if (operation === undefined || operation.begin > firstEnd) break
    if (has(at.some, index - at.low)) continue
    firstEnd = Math.min(firstEnd, operation.end)
  }
  for (let index = at.low; index < sure.length; index += 1) {
    const operation = sure[index]
    if (operation === undefined || operation.begin > firstEnd) break
    if (has(at.some, index - at.low)) continue
    const state = operation.step(at.state)
    if (state !== undefined) found.push(slide({ ...at, some: at.some | bit(index - at.low), state }))
  }
  unsure.forEach((operation, index) => {
    if (has(at.landed, index) || operation.begin > firstEnd) return
    const state = operation.step(at.state)
    if (state !== undefined) found.push({ ...at, landed: at.landed | bit(index), state })
  })
  return found
}

function slide(at: Configuration): Configuration {
  let { low, some } = at
  while ((some & 1n) === 1n) {
    low += 1
    some >>= 1n
  }
  return { ...at, low, some }
}

function bit(index: number): bigint {
  return 1n << BigInt(index)
}

function has(set: bigint, index: number): boolean {
  return (set & bit(index)) !== 0n
}

function nameOf<V>(standing: Standing<V>): string {
  return `${standing.state}:${standing.waiting.map((operation) => operation.id).join(',')}`
}
