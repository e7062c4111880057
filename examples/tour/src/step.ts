import type { Bytes, Store } from '@cachette/core'

/** One stop of the tour. Its file holds the lines that are shown, between `// show` and `// end`. */
export interface Step {
  /** The file's name, in `src/steps`. */
  readonly name: string
  readonly title: string
  /** What the lines are about, in a sentence or two. */
  readonly story: string
  /** `open` gives the store that the tour was asked to use, with nothing in it. */
  run(open: () => Store<Bytes>): Promise<Outcome>
}

/** What a stop came to: measured here and now. */
export interface Outcome {
  /** Whether it went as the story says. */
  readonly ok: boolean
  readonly lines: readonly string[]
  readonly facts: Readonly<Record<string, number | string | boolean>>
}

/** How long the work takes, and what it gives. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const began = performance.now()
  const value = await work()
  return { ms: performance.now() - began, value }
}

/** A time as people read it: 1.3 µs, 12 ms. */
export function shown(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}
