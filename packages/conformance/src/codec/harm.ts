import type { Bytes } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'

/** What happened to bytes on their way. */
export interface Harm {
  readonly how: 'cut' | 'flip' | 'forge' | 'append'
  /** Where, as a part of the whole. */
  readonly at: number
  readonly bit: number
  readonly fill: number
}

/** The ends cut off, a bit turned, a run that looks like an enormous length. */
export const anyHarm: Arbitrary<Harm> = fc.record({
  how: fc.constantFrom('cut', 'flip', 'forge', 'append'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bit: fc.integer({ min: 0, max: 7 }),
  fill: fc.constantFrom(0x00, 0x7f, 0x80, 0xc1, 0xff),
})

export function harmed(bytes: Bytes, { how, at, bit, fill }: Harm): Bytes {
  const place = Math.floor(at * bytes.length)
  const hurt = bytes.slice()
  switch (how) {
    case 'cut':
      return hurt.subarray(0, place)
    case 'append':
      return Uint8Array.of(...hurt, fill, fill)
    case 'forge':
      return hurt.fill(fill, place, place + 5)
    case 'flip':
      hurt[place] = (hurt[place] ?? 0) ^ (1 << bit)
      return hurt
  }
}
