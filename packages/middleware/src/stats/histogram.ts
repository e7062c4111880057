/** How values are spread, as plain data. `p50`, `p90` and `p99` are at most a sixteenth above what was measured. */
export interface Distribution {
  /** How many were measured. */
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  /** How many were at most so large, and larger than the bound before. Only those that hold something. */
  readonly buckets: readonly (readonly [upTo: number, count: number])[]
}

/** Between two powers of two; below the first, each whole number has a bucket of its own. */
const STEPS = 16
const STEP_BITS = 4

/** Up to 2^52, which is 52 days in nanoseconds; the last holds all that is larger. */
const BUCKETS = STEPS * (52 - STEP_BITS + 1)

/** Counts whole numbers in buckets that grow with them, so that the memory is fixed and the error is a share. */
export class Histogram {
  /** What is measured is counted in parts of so much. */
  readonly #unit: number
  /** Made when the first comes: most levels and many verbs measure nothing. */
  #counts: Float64Array | undefined
  #sum = 0
  #min = Infinity
  #max = 0

  constructor(unit = 1) {
    this.#unit = unit
  }

  /** `weight`: how many values this one stands for. */
  record(value: number, weight: number): void {
    this.#counts ??= new Float64Array(BUCKETS)
    const bucket = bucketOf(Math.round(value / this.#unit))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + weight
    this.#sum += value * weight
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  snapshot(): Distribution {
    const buckets: (readonly [number, number])[] = []
    this.#counts?.forEach((count, index) => {
      if (count > 0) buckets.push([topOf(index) * this.#unit, count])
    })
    return distribution(buckets, this.#sum, this.#min, this.#max)
  }
}

/** Both as one: what would have been counted by one histogram. */
export function mergeDistributions(a: Distribution, b: Distribution): Distribution {
  const counts = new Map(a.buckets)
  for (const [upTo, count] of b.buckets) counts.set(upTo, (counts.get(upTo) ?? 0) + count)
  const buckets = [...counts].sort(([one], [other]) => one - other)
  const filled = [a, b].filter(({ count }) => count > 0)
  const min = Math.min(...filled.map((one) => one.min))
  return distribution(buckets, a.sum + b.sum, min, Math.max(a.max, b.max))
}

function distribution(buckets: Distribution['buckets'], sum: number, min: number, max: number): Distribution {
  const count = buckets.reduce((total, [, some]) => total + some, 0)
  const at = (share: number): number => {
    let rank = Math.max(Math.ceil(count * share), 1)
    const bucket = buckets.find(([, some]) => {
      rank -= some
      return rank <= 0
    })
    return bucket === undefined ? 0 : Math.min(bucket[0], max)
  }
  return { count, sum, min: count === 0 ? 0 : min, max, p50: at(0.5), p90: at(0.9), p99: at(0.99), buckets }
}

function bucketOf(whole: number): number {
  if (whole < STEPS) return Math.max(whole, 0)
  // Below 2^31 by the quicker way.
  const power = (whole < 0x8000_0000 ? 31 - Math.clz32(whole) : Math.floor(Math.log2(whole))) - STEP_BITS
  return Math.min(STEPS * power + Math.floor(whole / 2 ** power), BUCKETS - 1)
}

/** The largest whole number of a bucket. */
function topOf(index: number): number {
  if (index < STEPS) return index
  const power = Math.floor(index / STEPS) - 1
  return ((index % STEPS) + STEPS + 1) * 2 ** power - 1
}
