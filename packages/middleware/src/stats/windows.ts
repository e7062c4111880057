/** What became of the keys that were asked for. */
export interface Outcomes {
  readonly hits: number
  readonly stale: number
  readonly misses: number
}

/** The same for the last so many milliseconds. */
export interface WindowCounts extends Outcomes {
  readonly windowMs: number
  /** The share that was there, fresh or stale; 0 where nothing was asked for. */
  readonly hitRatio: number
}

/** A window moves on in so many steps: what it says is of all its time but for at most one of them. */
const STEPS = 60

const KINDS = 3

interface Ring {
  readonly windowMs: number
  readonly stepMs: number
  /** What had been counted in all when each step began. */
  readonly marks: Float64Array
  step: number
}

/**
 * Counts over sliding windows. Nothing is done for a call but to compare its time with the end of the step: what had
 * been counted by then is noted, and a window is the difference to the oldest note in it.
 */
export class Windows {
  readonly #rings: readonly Ring[]

  constructor(windowsMs: readonly number[], sofar: Outcomes) {
    this.#rings = windowsMs.map((windowMs) => {
      const marks = new Float64Array(STEPS * KINDS)
      for (let step = 0; step < STEPS; step += 1) mark(marks, step, sofar)
      return { windowMs, stepMs: windowMs / STEPS, marks, step: -Infinity }
    })
  }

  /** To be called before anything is counted at `now`; gives the time before which it need not be called again. */
  step(now: number, sofar: Outcomes): number {
    if (!Number.isFinite(now)) return -Infinity
    let nextAt = Infinity
    for (const ring of this.#rings) {
      const step = Math.floor(now / ring.stepMs)
      for (let next = Math.max(ring.step, step - STEPS) + 1; next <= step; next += 1) mark(ring.marks, next, sofar)
      ring.step = Math.max(ring.step, step)
      nextAt = Math.min(nextAt, (ring.step + 1) * ring.stepMs)
    }
    return nextAt
  }

  snapshot(now: number, sofar: Outcomes): readonly WindowCounts[] {
    this.step(now, sofar)
    return this.#rings.map(({ windowMs, marks, step }) => {
      const [hits = 0, stale = 0, misses = 0] = marksOf(marks, step + 1)
      const counts = { hits: sofar.hits - hits, stale: sofar.stale - stale, misses: sofar.misses - misses }
      return { windowMs, ...counts, hitRatio: hitRatio(counts) }
    })
  }
}

export function hitRatio({ hits, stale, misses }: Outcomes): number {
  const there = hits + stale
  return there === 0 ? 0 : there / (there + misses)
}

function mark(marks: Float64Array, step: number, { hits, stale, misses }: Outcomes): void {
  marks.set([hits, stale, misses], placeOf(step))
}

function marksOf(marks: Float64Array, step: number): Float64Array {
  return marks.subarray(placeOf(step), placeOf(step) + KINDS)
}

/** Steps before 1970 have places too. */
function placeOf(step: number): number {
  return (((step % STEPS) + STEPS) % STEPS) * KINDS
}
