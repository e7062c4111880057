/** What became of reads, tier by tier, and of the words of changes. */
export interface TieredStats {
  readonly tiers: readonly TierStats[]
  /** Writes that wait for the tier of record. */
  readonly pending: number
  readonly coherence: CoherenceStats
}

export interface TierStats {
  readonly name: string
  readonly hits: number
  readonly misses: number
  /** Reads that failed here. */
  readonly failures: number
}

export interface CoherenceStats {
  /** Changes told to other processes, and heard of from them. */
  readonly told: number
  readonly heard: number
  readonly gaps: number
  /** How old words of changes were when they came, by the clocks of both: of the last, and at most. */
  readonly lagMs: number
  readonly maxLagMs: number
  /** No copy is served that is older than this, also where no word of changes comes. */
  readonly boundMs: number
}

export class Counts {
  readonly name: string
  hits = 0
  misses = 0
  failures = 0

  constructor(name: string) {
    this.name = name
  }

  read(asked: number, found: number): void {
    this.hits += found
    this.misses += asked - found
  }

  snapshot(): TierStats {
    const { name, hits, misses, failures } = this
    return { name, hits, misses, failures }
  }
}
