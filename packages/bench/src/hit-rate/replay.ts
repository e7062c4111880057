import { type MakePolicy, NONE, Roster } from '@cachette/eviction'

/** How many of a hundred requests find their key, warm-up included, in a cache that keeps what it is asked for. */
export function hitPercent(keys: readonly string[], size: number, make: MakePolicy): number {
  const roster = new Roster({ policy: make(), maxEntries: size })
  let hits = 0
  for (const [now, key] of keys.entries()) {
    const slot = roster.slotOf(key)
    if (slot === NONE) {
      roster.add(key, 1, Infinity, now)
    } else {
      roster.touch(slot, now)
      hits += 1
    }
  }
  return keys.length === 0 ? 0 : (100 * hits) / keys.length
}
