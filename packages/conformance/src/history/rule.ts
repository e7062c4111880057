import type { HistoryOperation } from './operations.js'

/**
 * The cheap rule, linear in the writes of a key for each read: what was read was stored by a write that began before
 * the read ended, and no other write lies wholly between the two. It finds lost, invented and outdated values in
 * histories too long to search, and never blames a legal one.
 */
export function illegalRead<V>(
  operations: readonly HistoryOperation<V>[],
  initial: V | undefined,
  options: { readonly same: (a: V, b: V) => boolean; readonly lossy: boolean },
): { readonly read: HistoryOperation<V>; readonly over: HistoryOperation<V> | undefined } | undefined {
  const effects = operations.filter(mayChange)
  for (const read of operations) {
    if ((read.verb !== 'read' && read.verb !== 'take') || read.unknown === true) continue
    const { answer } = read
    if (answer === undefined && options.lossy) continue
    const gives = (effect: V | undefined): boolean =>
      effect === undefined || answer === undefined ? effect === answer : options.same(effect, answer)
    const sources: number[] = gives(initial) ? [Number.NEGATIVE_INFINITY] : []
    for (const effect of effects) {
      if (effect === read || effect.begin > read.end || !gives(stores(effect))) continue
      sources.push(effect.unknown === true ? Number.POSITIVE_INFINITY : effect.end)
    }
    const latest = Math.max(Number.NEGATIVE_INFINITY, ...sources)
    const over = effects.find((effect) => {
      return surelyChanges(effect) && !gives(stores(effect)) && effect.begin > latest && effect.end < read.begin
    })
    if (sources.length === 0 || over !== undefined) return { read, over }
  }
  return undefined
}

function mayChange<V>(operation: HistoryOperation<V>): boolean {
  if (operation.verb === 'read') return false
  if (operation.unknown === true || operation.verb === 'clear' || operation.verb === 'take') return true
  if (operation.verb === 'remove') return operation.answer || operation.when === undefined
  return operation.answer
}

/** An operation whose end is past its effect, and that surely had one. */
function surelyChanges<V>(operation: HistoryOperation<V>): boolean {
  return operation.unknown !== true && mayChange(operation)
}

function stores<V>(operation: HistoryOperation<V>): V | undefined {
  return operation.verb === 'put' ? operation.value : undefined
}
