/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, at least 0, below the limit. */
  below(limit: number): number
}

const GOLDEN = 0x9e3779b9

/** A counter through the finaliser of MurmurHash3: plenty for choosing faults, useless for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + GOLDEN) | 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
  return { next, below: (limit) => Math.floor(next() * limit) }
}

export function oneOf<T>(items: readonly T[], random: Random): T {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new RangeError('expected something to choose from')
  return item
}
