import type { Bytes } from '../contract.js'

/** CRC-32 as in zip and zlib; the seed is the checksum of what came before. */
export type Crc32 = (bytes: Bytes, seed?: number) => number

/** Four tables of 256, so that four bytes take one step: twice as fast as one table. */
const TABLES = /* @__PURE__ */ makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(1024)
  for (let index = 0; index < 1024; index += 1) {
    // The first table advances a byte by its eight bits, each other by one more byte than the table before it.
    let crc = index < 256 ? index : (tables[index - 256] as number)
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (-(crc & 1) & 0xedb88320)
    tables[index] = crc
  }
  return tables
}

/** The checksum of the bytes from one place up to another. */
export function crc32(bytes: Bytes, from: number, to: number, seed: number): number {
  const next = (crc: number, lane: number, index: number): number => {
    return TABLES[lane | ((crc ^ (bytes[index] as number)) & 0xff)] as number
  }
  let crc = ~seed
  let at = from
  for (; at + 4 <= to; at += 4) {
    crc =
      next(crc, 768, at) ^ next(crc >>> 8, 512, at + 1) ^ next(crc >>> 16, 256, at + 2) ^ next(crc >>> 24, 0, at + 3)
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ next(crc, 0, at)
  return ~crc >>> 0
}

/** From here on the call into the platform's own CRC-32 pays for itself. */
const WORTH_A_CALL = 192

/** The checksum of a range, by the platform's own CRC-32 where there is one and the range is long enough. */
export type RangeCrc32 = (bytes: Bytes, from: number, to: number, seed: number) => number

export function rangeCrc32(platform: Crc32 | undefined): RangeCrc32 {
  return (bytes, from, to, seed) =>
    platform === undefined || to - from < WORTH_A_CALL
      ? crc32(bytes, from, to, seed)
      : platform(bytes.subarray(from, to), seed)
}
