import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError, type Reply } from '../src/protocol.js'
import { Replies } from '../src/replies.js'

const MAX_BYTES = 10_000

interface Said {
  readonly opaque: number
  readonly key: Uint8Array
  readonly value: Uint8Array
}

function bytesOf({ opaque, key, value }: Said): Buffer {
  const header = Buffer.alloc(24)
  header[0] = 0x81
  header[1] = 0x0c
  header.writeUInt16BE(key.length, 2)
  header[4] = 4
  header.writeUInt32BE(4 + key.length + value.length, 8)
  header.writeUInt32BE(opaque, 12)
  return Buffer.concat([header, Buffer.alloc(4), key, value])
}

function taken(chunks: readonly Buffer[], replies = new Replies(MAX_BYTES)): Said[] {
  const found: Said[] = []
  const take = ({ opaque, raw, at, keyBytes, value }: Reply): void => {
    found.push({ opaque, key: Uint8Array.from(raw.subarray(at + 28, at + 28 + keyBytes)), value })
  }
  for (const chunk of chunks) replies.push(chunk, take)
  return found
}

/** At each of the places. */
function cut(whole: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return at.slice(1).map((end, index) => whole.subarray(at[index], end))
}

const said = fc.record({
  opaque: fc.nat(),
  key: fc.uint8Array({ maxLength: 30 }),
  value: fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 2_000, maxLength: 9_000 })),
})

test('replies are the same however a connection cuts them', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (all, places) => {
      expect(taken(cut(Buffer.concat(all.map(bytesOf)), places))).toEqual(all)
    }),
  )
})

test('byte by byte too', () => {
  const all = [1, 2, 3].map((opaque) => ({ opaque, key: Uint8Array.of(7), value: Uint8Array.of(1, 2, opaque) }))
  const whole = Buffer.concat(all.map(bytesOf))
  expect(taken([...whole].map((byte) => Buffer.from([byte])))).toEqual(all)
})

test('a small value keeps no large chunk, and bytes of two values are nowhere the same', () => {
  const small = { opaque: 1, key: new Uint8Array(), value: Uint8Array.of(1, 2, 3) }
  const large = { opaque: 2, key: new Uint8Array(), value: new Uint8Array(9_000).fill(9) }
  const raw = Buffer.concat([small, large, small].map(bytesOf))
  const own = Buffer.from(new ArrayBuffer(raw.length))
  raw.copy(own)
  const [first, , last] = taken([own])
  expect(first?.value.buffer).not.toBe(own.buffer)
  first?.value.fill(0)
  expect(last?.value).toEqual(small.value)
})

test.each<[string, (reply: Buffer) => void]>([
  ['that begins otherwise', (reply) => reply.writeUInt8(0x80, 0)],
  ['that is longer than anything there is', (reply) => reply.writeUInt32BE(MAX_BYTES + 1, 8)],
  ['whose parts are longer than the whole', (reply) => reply.writeUInt16BE(500, 2)],
])('a reply %s is refused, before memory is taken for it', (_, spoil) => {
  for (const split of [0, 10]) {
    const reply = bytesOf({ opaque: 1, key: new Uint8Array(), value: Uint8Array.of(1) })
    spoil(reply)
    expect(() => taken([reply.subarray(0, split), reply.subarray(split)])).toThrow(ProtocolError)
  }
})
