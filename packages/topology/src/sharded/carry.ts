import { type Awaitable, andThen, type Call, type Change, type Entry, type Found } from '@cachette/core'
import { inOrder } from '@cachette/core/adapter'
import type { Placement, Shard } from './placement.js'

/** Brings keys to where they belong, each with all that it is; never over something newer. */
export function carry<V>(placement: Placement<V>, keys: readonly string[], call: Call): Awaitable<number> {
  const bySource = new Map<Shard<V>, string[]>()
  for (const key of keys) {
    for (const source of placement.sourcesOf(key)) {
      const others = bySource.get(source)
      if (others === undefined) bySource.set(source, [key])
      else others.push(key)
    }
  }
  let moved = 0
  return andThen(
    inOrder([...bySource], ([source, waiting]) =>
      andThen(fetch(placement, source, waiting, call), (count) => {
        moved += count
      }),
    ),
    () => moved,
  )
}

function fetch<V>(placement: Placement<V>, source: Shard<V>, keys: readonly string[], call: Call): Awaitable<number> {
  // Whatever it is: leases and what is only kept go along. The load of a call is void by none of this.
  const own: Call = { ...call, want: 'value', show: 'all', load: undefined }
  return andThen(source.store.read(keys, own), (found) => {
    const there = keys.flatMap((key, index) => {
      const entry = found[index]
      return isWhole(entry) ? [{ key, entry }] : []
    })
    const byOwner = new Map<Shard<V>, Change<V>[]>()
    for (const { key, entry } of there) {
      const owner = placement.ownerOf(key)
      const when = owner.store.traits.conditional === 'none' ? undefined : 'vacant'
      const change: Change<V> = { key, entry, version: entry.version, when }
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), change])
    }
    // There first, then gone here: a failure in between leaves two, and the newer of them is found.
    return andThen(
      inOrder([...byOwner], ([owner, changes]) => andThen(owner.store.write(changes, own), () => undefined)),
      () =>
        andThen(
          source.store.write(
            there.map((one) => removal(source, one)),
            own,
          ),
          () => there.length,
        ),
    )
  })
}

function removal<V>(source: Shard<V>, { key, entry }: { readonly key: string; readonly entry: Entry<V> }): Change<V> {
  const when = source.store.traits.conditional === 'none' ? undefined : { version: entry.version }
  return { key, entry: undefined, version: source.store.versions.next(), when }
}

function isWhole<V>(found: Found<V> | undefined): found is Entry<V> {
  return found !== undefined && found.kind !== 'damaged'
}
