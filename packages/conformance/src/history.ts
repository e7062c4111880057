import { ABSENT, type HistoryOperation, type InternedOperation, Interner, intern } from './history/operations.js'
import { print, printHistory } from './history/print.js'
import { illegalRead } from './history/rule.js'
import { reachable, SearchExhausted, type SearchLimits, type Standing, segments } from './history/search.js'

export interface HistoryOptions<V> {
  /** What each key held at first. Default: nothing. */
  readonly initial?: ReadonlyMap<string, V> | undefined
  /** Whether two values are the same. Default `Object.is`. */
  readonly same?: ((a: V, b: V) => boolean) | undefined
  /** The store may drop a value at any time, as one that evicts does. Default false. */
  readonly lossy?: boolean | undefined
  /** How many configurations of a key are looked at before the cheap rule is taken instead. Default 200,000. */
  readonly maxSteps?: number | undefined
}

export type HistoryVerdict<V> =
  | {
      readonly legal: true
      /** False where a history was too entangled to search, and only the cheap rule was applied to some key. */
      readonly exhaustive: boolean
    }
  | {
      readonly legal: false
      readonly key: string
      /** What the key may have held before these operations. */
      readonly from: readonly (V | undefined)[]
      /** The smallest part of the history found for which there is no legal order. */
      readonly operations: readonly HistoryOperation<V>[]
      readonly text: string
    }

const DEFAULT_MAX_STEPS = 200_000
const MAX_SHRINKS = 500

/**
 * Says whether the answers that concurrent clients were given can be explained: whether, for each key, there is an
 * order of its operations that keeps every operation within its own time and makes every answer right.
 */
export function checkHistory<V>(
  operations: readonly HistoryOperation<V>[],
  options: HistoryOptions<V> = {},
): HistoryVerdict<V> {
  let exhaustive = true
  for (const [key, ofKey] of byKey(operations)) {
    const verdict = checkKey(key, ofKey, options)
    if (!verdict.legal) return verdict
    exhaustive &&= verdict.exhaustive
  }
  return { legal: true, exhaustive }
}

function byKey<V>(operations: readonly HistoryOperation<V>[]): ReadonlyMap<string, readonly HistoryOperation<V>[]> {
  const keys = new Map<string, HistoryOperation<V>[]>()
  for (const operation of [...operations].sort((a, b) => a.begin - b.begin)) {
    if (!(operation.begin <= operation.end))
      throw new TypeError(`expected begin <= end, got ${operation.begin} … ${operation.end}`)
    const known = keys.get(operation.key)
    if (known === undefined) keys.set(operation.key, [operation])
    else known.push(operation)
  }
  return keys
}

function checkKey<V>(
  key: string,
  operations: readonly HistoryOperation<V>[],
  options: HistoryOptions<V>,
): HistoryVerdict<V> {
  const values = new Interner(options.same)
  const limits = { lossy: options.lossy ?? false, maxSteps: options.maxSteps ?? DEFAULT_MAX_STEPS }
  const initial = options.initial?.get(key)
  let standings: readonly Standing<V>[] = [{ state: values.id(initial), waiting: [] }]
  try {
    for (const piece of segments(operations.map((operation, id) => intern(id, operation, values)))) {
      const next = reachable(standings, piece, limits)
      if (next.length === 0) return illegal(key, standings, minimal(standings, piece, limits, values), values)
      standings = next
    }
    return { legal: true, exhaustive: true }
  } catch (error) {
    if (!(error instanceof SearchExhausted)) throw error
    return checkByRule(key, operations, initial, options)
  }
}

/** Leaves out what only adds: all that began after the first impossible answer, then the reads that prove nothing. */
function minimal<V>(
  from: readonly Standing<V>[],
  piece: readonly InternedOperation<V>[],
  limits: SearchLimits,
  values: Interner<V>,
): readonly InternedOperation<V>[] {
  const ends = [...new Set(piece.map((operation) => operation.end))].sort((a, b) => a - b)
  const until = (end: number): readonly InternedOperation<V>[] =>
    piece.filter((operation) => operation.begin <= end).map((operation) => cut(operation, end, values))
  let low = 0
  let high = ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (isImpossible(from, until(ends[middle] ?? 0), limits)) high = middle
    else low = middle + 1
  }
  const prefix = until(ends[high] ?? 0)
  return isImpossible(from, prefix, limits) ? withoutNoise(from, prefix, limits) : piece
}

/** Tries large groups first, then smaller ones, down to single operations, and stops after so many searches. */
function withoutNoise<V>(
  from: readonly Standing<V>[],
  piece: readonly InternedOperation<V>[],
  limits: SearchLimits,
): readonly InternedOperation<V>[] {
  let kept = piece
  let searches = MAX_SHRINKS
  for (let size = Math.ceil(piece.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    const noise = kept.filter(({ operation }) => changesNothing(operation))
    for (let at = 0; at < noise.length && searches > 0; at += size, searches -= 1) {
      const group = new Set(noise.slice(at, at + size))
      const without = kept.filter((operation) => !group.has(operation))
      if (isImpossible(from, without, limits)) kept = without
    }
  }
  return kept
}

function isImpossible<V>(
  from: readonly Standing<V>[],
  some: readonly InternedOperation<V>[],
  limits: SearchLimits,
): boolean {
  try {
    return reachable(from, some, limits).length === 0
  } catch (error) {
    if (error instanceof SearchExhausted) return false
    throw error
  }
}

/** What had not been answered by then is, for the part before it, an operation of unknown outcome. */
function cut<V>(operation: InternedOperation<V>, end: number, values: Interner<V>): InternedOperation<V> {
  if (operation.end <= end || operation.optional) return operation
  return intern(operation.id, { ...operation.operation, unknown: true }, values)
}

function changesNothing<V>(operation: HistoryOperation<V>): boolean {
  return operation.verb === 'read' || ('when' in operation && operation.when !== undefined && !operation.answer)
}

function illegal<V>(
  key: string,
  from: readonly Standing<V>[],
  piece: readonly InternedOperation<V>[],
  values: Interner<V>,
): HistoryVerdict<V> {
  const waiting = from.flatMap((standing) => standing.waiting)
  const operations = [...new Set([...waiting, ...piece])].map((interned) => interned.operation)
  const states = [...new Set(from.map((standing) => standing.state))]
  const held = states.map((state) => (state === ABSENT ? 'nothing' : print(values.of(state)))).join(' or ')
  return {
    legal: false,
    key,
    from: states.map((state) => values.of(state)),
    operations,
    text: `key ${print(key)} held ${held}; no order explains these answers:\n${printHistory(operations)}`,
  }
}

function checkByRule<V>(
  key: string,
  operations: readonly HistoryOperation<V>[],
  initial: V | undefined,
  options: HistoryOptions<V>,
): HistoryVerdict<V> {
  const found = illegalRead(operations, initial, { same: options.same ?? Object.is, lossy: options.lossy ?? false })
  if (found === undefined) return { legal: true, exhaustive: false }
  const witness = found.over === undefined ? [found.read] : [found.over, found.read]
  const reason = found.over === undefined ? 'nothing had stored what was read' : 'what was read had been overwritten'
  return {
    legal: false,
    key,
    from: [initial],
    operations: witness,
    text: `key ${print(key)}: ${reason}:\n${printHistory(witness)}`,
  }
}
