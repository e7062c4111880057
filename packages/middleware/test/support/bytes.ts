import type { Bytes, Coding, ValueContext } from '@cachette/core'
import fc from 'fast-check'

/** Bytes that shrink, bytes that do not, and what lies between, of lengths around those at which something changes. */
export function bytesAround(...edges: readonly number[]): fc.Arbitrary<Bytes> {
  const near = edges.flatMap((edge) => [edge - 1, edge, edge + 1]).filter((length) => length >= 0)
  const length = fc.oneof(fc.constantFrom(0, 1, ...near), fc.nat(3_000))
  return fc
    .record({ length, variety: fc.constantFrom(1, 3, 20, 256), seed: fc.nat() })
    .map(({ length, variety, seed }) => noise(length, variety, seed))
}

/** So many bytes of so many kinds, the same for the same seed. */
export function noise(length: number, variety: number, seed: number): Bytes {
  let state = seed | 1
  return new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % variety
  })
}

export const context: ValueContext = {
  key: 'users␟42',
  header: {
    createdAt: 1_000,
    staleAt: 2_000,
    expiresAt: 3_000,
    keptUntil: 4_000,
    kind: 'value',
    version: { time: 1_000, count: 1, writer: 7 },
  },
}

/** The value through a coding and back. */
export async function roundTrip(coding: Coding, value: Bytes): Promise<Bytes> {
  const encoded = await coding.encode(value, context)
  return encoded === undefined ? value : coding.decode(encoded.value, encoded.mark, context)
}

/** A stream of the bytes, cut at these places. */
export function bodyOf(bytes: Bytes, cuts: readonly number[] = []): ReadableStream<Bytes> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  const parts = places.slice(1).map((end, index) => bytes.slice(places[index], end))
  return new ReadableStream({
    pull(controller) {
      const next = parts.shift()
      if (next === undefined) controller.close()
      else controller.enqueue(next)
    },
  })
}

export async function bytesOf(body: ReadableStream<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = []
  for await (const part of body) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

/** The bytes with one bit of them turned. */
export function flipped(bytes: Bytes, bit: number): Bytes {
  const at = Math.floor(bit / 8) % bytes.length
  return bytes.map((byte, index) => (index === at ? byte ^ (1 << (bit % 8)) : byte))
}

/** A matcher would take its time over so many numbers. */
export function areSame(a: Bytes, b: Bytes): boolean {
  return Buffer.compare(a, b) === 0
}
