import { isDeepStrictEqual } from 'node:util'
import type { Traits } from '@cachette/core'
import fc from 'fast-check'
import { pattern } from './format.js'
import type { Subject, Values } from './subject.js'

/** Values that tell writes apart, for checks that do not care what is stored. */
export interface SampleValues {
  value(count: number): unknown
}

/** Values that look like something else to a store that looks. */
const TELLING_TEXTS = ['null', 'undefined', '0', '{"value":1,"expiresAt":0}', 'a\r\nb\0c', '\ufeff', 'é😀']

const SMALL_SIZES = [1, 2, 127, 128, 255, 256, 1023, 1024, 4096]

/** Where backends switch buffers, frames or chunks: one below, at, and one above. */
export const LARGE_SIZES: readonly number[] = [32_768, 65_536, 1_048_576].flatMap((size) => [size - 1, size, size + 1])

export function valuesOf(subject: Subject<unknown>, traits: Traits): Values {
  if (subject.values !== undefined) return subject.values
  return traits.values === 'bytes' ? { arbitrary: bytes(traits.maxValueBytes), equal: sameBytes } : ANYTHING
}

export function samplesOf(subject: Subject<unknown>, traits: Traits): SampleValues {
  if (subject.values === undefined) {
    const isBytes = traits.values === 'bytes'
    return { value: (count) => (isBytes ? Uint8Array.of(count & 0xff, (count >> 8) & 0xff) : { count }) }
  }
  const samples = fc.sample(subject.values.arbitrary, { numRuns: 50, seed: 1 })
  return { value: (count) => samples[count % samples.length] }
}

/** Hostile bytes: none, all, text, and views into a larger buffer whose other bytes must not leak. */
function bytes(max: number): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 64 })
  const view = fc.tuple(random, fc.nat(8)).map(([inner, before]) => {
    const buffer = new Uint8Array(before + inner.length + 8).fill(0xee)
    buffer.set(inner, before)
    return buffer.subarray(before, before + inner.length)
  })
  return fc
    .oneof(
      { arbitrary: random, weight: 3 },
      { arbitrary: view, weight: 2 },
      { arbitrary: fc.constantFrom(...TELLING_TEXTS).map((text) => new TextEncoder().encode(text)), weight: 1 },
      { arbitrary: fc.tuple(fc.constantFrom(...SMALL_SIZES), fc.nat(255)).map((args) => pattern(...args)), weight: 1 },
    )
    .filter((value) => value.length <= max)
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false
  return a.every((byte, index) => byte === b[index])
}

/** Whatever a structured copy carries as it is: a store by copies must not lose what one by reference keeps. */
const ANYTHING: Values = {
  arbitrary: fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      maxDepth: 2,
    })
    .filter((value) => value !== undefined && isPlain(value)),
  equal: isDeepStrictEqual,
}

/** An invalid date equals nothing, itself included. */
function isPlain(value: unknown): boolean {
  return isDeepStrictEqual(value, structuredClone(value))
}

const FALSY = [null, false, 0, -0, Number.NaN, '', 0n]

/** Whether a careless test takes it for nothing. */
export function looksLikeNothing(value: unknown): boolean {
  return !value || (value instanceof Uint8Array && value.length === 0)
}

/** What of its values a careless test takes for nothing. */
export function falsyValues({ subject, traits }: FalsyFacts): readonly unknown[] {
  if (subject.values !== undefined) return []
  return traits.values === 'bytes' ? [new Uint8Array()] : [...FALSY, new Uint8Array()]
}

interface FalsyFacts {
  readonly subject: Subject<unknown>
  readonly traits: Traits
}
