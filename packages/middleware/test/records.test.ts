import type { Bytes } from '@cachette/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromRecords, PIECE_BYTES, type Place, toRecords } from '../src/records.js'
import { areSame, bodyOf, bytesOf, noise } from './support/bytes.js'
import { failureOf } from './support/failures.js'

const same = (piece: Bytes): Bytes => piece.slice()

const stored = (value: Bytes, cuts: readonly number[] = []): Promise<Bytes> =>
  bytesOf(toRecords(bodyOf(value, cuts), same))

const read = (records: Bytes, cuts: readonly number[] = []): Promise<Bytes> =>
  bytesOf(fromRecords(bodyOf(records, cuts), PIECE_BYTES, same))

const cuts = fc.array(fc.nat(3 * PIECE_BYTES), { maxLength: 8 })

const lengths = fc.oneof(
  fc.constantFrom(0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 7),
  fc.nat(2_000),
)

describe('a stream in records', () => {
  it('comes back as it was, however it is cut on its way in and out', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, cuts, cuts, async (length, before, after) => {
        const value = noise(length, 256, length)
        expect(areSame(await read(await stored(value, before), after), value)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('is stored the same, however it comes', async () => {
    const value = noise(PIECE_BYTES + 100, 256, 1)
    expect(areSame(await stored(value, [3, 99, PIECE_BYTES]), await stored(value))).toBe(true)
  })

  it('has pieces that know where they stand, the last of them always told', async () => {
    for (const [length, count] of [
      [0, 1],
      [5, 1],
      [PIECE_BYTES, 2],
      [PIECE_BYTES + 1, 2],
    ] as const) {
      const places: Place[] = []
      const records = await bytesOf(
        toRecords(bodyOf(noise(length, 256, 1)), (piece, place) => {
          places.push(place)
          return same(piece)
        }),
      )
      expect(places).toEqual(Array.from({ length: count }, (_, index) => ({ index, isLast: index === count - 1 })))
      const again: Place[] = []
      await bytesOf(
        fromRecords(bodyOf(records), PIECE_BYTES, (piece, place) => {
          again.push(place)
          return piece
        }),
      )
      expect(again).toEqual(places)
    }
  })

  it('that was cut short anywhere is damaged', async () => {
    const records = await stored(noise(PIECE_BYTES + 20, 256, 1))
    for (const end of [0, 1, 4, 20, PIECE_BYTES + 4, PIECE_BYTES + 8, records.length - 1]) {
      expect((await failureOf(() => read(records.subarray(0, end)))).code).toBe('CORRUPT')
    }
  })

  it('that goes on behind its end is damaged', async () => {
    const records = await stored(noise(20, 256, 1))
    const longer = new Uint8Array([...records, 0])
    expect((await failureOf(() => read(longer))).message).toMatch(/bytes behind the end/)
    expect((await failureOf(() => read(longer, [records.length]))).message).toMatch(/bytes behind the end/)
  })

  it('with a length longer than any is refused before its bytes are waited for', async () => {
    const records = await stored(noise(20, 256, 1))
    new DataView(records.buffer).setUint32(0, 0x7fff_ffff)
    expect((await failureOf(() => read(records))).message).toMatch(/a record longer than any/)
  })

  it('fails as its source fails, and as what is done to its pieces does', async () => {
    const broken = new ReadableStream<Bytes>({ pull: () => Promise.reject(new Error('cut off')) })
    await expect(bytesOf(toRecords(broken, same))).rejects.toThrow('cut off')
    const refuse = (): never => {
      throw new Error('no')
    }
    await expect(bytesOf(toRecords(bodyOf(noise(9, 9, 9)), refuse))).rejects.toThrow('no')
    await expect(bytesOf(fromRecords(bodyOf(await stored(noise(9, 9, 9))), 99, refuse))).rejects.toThrow('no')
  })

  it('is one of bytes', async () => {
    const texts = new ReadableStream({
      start: (controller) => {
        controller.enqueue('text')
        controller.close()
      },
    })
    expect((await failureOf(() => bytesOf(toRecords(texts as ReadableStream<Bytes>, same)))).code).toBe('INVALID_VALUE')
  })

  it('lets go of its source when nobody reads on', async () => {
    let letGo = (): void => undefined
    const cancelled = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const endless = new ReadableStream<Bytes>({
      pull: (controller) => controller.enqueue(new Uint8Array(PIECE_BYTES)),
      cancel: () => letGo(),
    })
    const reader = toRecords(endless, same).getReader()
    await reader.read()
    await reader.cancel()
    await cancelled
  })
})
