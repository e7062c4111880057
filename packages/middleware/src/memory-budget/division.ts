/** A cache as it stands when something has to go. */
export interface Holder {
  readonly entries: number
  /** What one of its entries is worth, in whatever unit is the same for all. */
  readonly worth: number
}

/** An entry that nobody uses is worth something all the same, or a cache would be emptied for a moment's rest. */
const LEAST_WORTH = 1e-6

/** How often the share is halved until it fits: more would change less than an entry. */
const STEPS = 60

/**
 * How many entries each may keep so that `toGo` of all go, one more or less for each. Of each cache the share that goes is the smaller, the more its
 * entries are worth: half the worth, twice the share, up to all of it.
 */
export function divide(holders: readonly Holder[], toGo: number): readonly number[] {
  const total = holders.reduce((sum, { entries }) => sum + entries, 0)
  const wanted = Math.min(Math.max(Math.ceil(toGo), 0), total)
  const cutsAt = (price: number): readonly number[] =>
    holders.map(({ entries, worth }) => entries * Math.min(1, price / Math.max(worth, LEAST_WORTH)))
  let low = 0
  let high = Math.max(LEAST_WORTH, ...holders.map(({ worth }) => worth))
  for (let step = 0; step < STEPS; step += 1) {
    const price = (low + high) / 2
    if (sum(cutsAt(price)) < wanted) low = price
    else high = price
  }
  const cuts = cutsAt(high)
  return holders.map(({ entries }, index) => entries - Math.round(cuts[index] ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
