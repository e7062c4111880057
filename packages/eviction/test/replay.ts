import { type MakePolicy, NONE, Roster } from '@cachette/eviction'

/** How many of a hundred requests find their key. */
export function hitPercent(keys: readonly string[], size: number, make: MakePolicy): number {
  const roster = new Roster({ policy: make(), maxEntries: size })
  let hits = 0
  for (const [now, key] of keys.entries()) {
    const slot = roster.slotOf(key)
    if (slot === NONE) roster.add(key, 1, Infinity, now)
    else {
      roster.touch(slot, now)
      hits += 1
    }
  }
  return (100 * hits) / keys.length
}

/** A generator of numbers from 0 up to, but not including, 1; the same ones for the same seed (splitmix32). */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

export function loop(keys: number, times: number): readonly string[] {
  return Array.from({ length: keys * times }, (_, at) => String(at % keys))
}

/** Up to the last key, and back down. */
export function zigzag(last: number, requests: number): readonly string[] {
  return Array.from({ length: requests }, (_, at) => {
    const place = at % (2 * last)
    return String(place <= last ? place : 2 * last - place)
  })
}

/** A few keys are asked for often, most seldom; after each `phase` requests it is others. */
export function skewed(keys: number, requests: number, seed: number, phase = Infinity): readonly string[] {
  const next = random(seed)
  return Array.from({ length: requests }, (_, at) => {
    const rank = Math.floor(keys ** next()) - 1
    const turn = phase === Infinity ? 0 : Math.floor(at / phase)
    return String((rank + turn * 97) % keys)
  })
}
