import type { Codec, LawId } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'

/** The parts of a codec, whatever its values are. */
export type CodecLike<V = unknown> = Pick<Codec<V>, 'name' | 'encode' | 'decode'>

/** What an author supplies. */
export interface CodecSubject<V = unknown> {
  readonly name: string
  codec(): CodecLike<V>
  /** Values that it must carry, and never refuse. Default: whatever JSON carries without loss. */
  readonly carries?: Arbitrary<V> | undefined
  /** Values that it must carry or refuse. Default: whatever structured clone carries, and more. */
  readonly values?: Arbitrary<V> | undefined
}

/** One way of putting a codec to the test. */
export interface CodecCheck {
  readonly law: LawId
  readonly title: string
  run(subject: CodecSubject, codec: CodecLike, options: CodecRunOptions): CodecRun
}

interface CodecRunOptions {
  readonly seed: number
  readonly numRuns: number
  /** Leads to one value alone. */
  readonly path: string | undefined
}

/** What came of it. */
interface CodecRun {
  readonly trials: number
  /** Undefined where nothing failed. */
  readonly failure: { readonly error: unknown; readonly path: string; readonly calls: readonly string[] } | undefined
}

interface CodecTrial<T> {
  readonly law: LawId
  readonly title: string
  values(subject: CodecSubject): Arbitrary<T>
  /** Throws `Broken` where the law is. */
  attempt(codec: CodecLike, value: T): void
  /** The same as code, over a `codec`. */
  calls(value: T, codec: CodecLike): readonly string[]
}

/** A check that tries many values, and tells the smallest with which it fails. */
export function codecCheck<T>({ law, title, values, attempt, calls }: CodecTrial<T>): CodecCheck {
  return {
    law,
    title,
    run(subject, codec, { seed, numRuns, path }) {
      const property = fc.property(values(subject), (value) => attempt(codec, value))
      const details = fc.check(property, path === undefined ? { seed, numRuns } : { seed, numRuns, path })
      const { counterexample, counterexamplePath, errorInstance: error } = details
      if (counterexample === null) return { trials: details.numRuns, failure: undefined }
      const failure = { error, path: counterexamplePath ?? '0', calls: calls(counterexample[0], codec) }
      return { trials: details.numRuns, failure }
    },
  }
}
