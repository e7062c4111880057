import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Awaitable, Bytes } from '@cachette/core'
import { optional } from '../optional.js'

export type ChecksumName = 'crc32' | 'sha256' | 'xxhash64'

/** One way to sum bytes up. */
export interface Sum {
  /** How long a sum is. */
  readonly bytes: number
  /** Whether it always answers at once. */
  readonly ready: boolean
  /** Throws where it cannot be used here. */
  check(): void
  of(bytes: Bytes): Awaitable<Bytes>
}

const none = (): void => undefined

/** What is used of xxhash-wasm: a function that compiles its module, and the hash of that. */
export type XxhashModule = () => Promise<{ h64Raw(bytes: Bytes): bigint }>

let compiled: Awaitable<(bytes: Bytes) => bigint> | undefined

/** WebAssembly is compiled when it is first needed, and never at once. */
function xxhash64(): Awaitable<(bytes: Bytes) => bigint> {
  compiled ??= (optional('xxhash-wasm', 'checksum') as XxhashModule)().then(({ h64Raw }) => {
    compiled = (bytes) => h64Raw(bytes)
    return compiled
  })
  return compiled
}

function sumOf64(value: bigint): Bytes {
  const sum = new Uint8Array(8)
  new DataView(sum.buffer).setBigUint64(0, value)
  return sum
}

/** Their names are what stands in the marks of entries. Never used again for another sum. */
export const SUMS: Readonly<Record<ChecksumName, Sum>> = {
  crc32: {
    bytes: 4,
    ready: true,
    check: none,
    of(bytes) {
      const sum = crc32(bytes)
      return Uint8Array.of(sum >>> 24, sum >>> 16, sum >>> 8, sum)
    },
  },
  sha256: {
    bytes: 32,
    ready: true,
    check: none,
    of: (bytes) => hash('sha256', bytes, 'buffer'),
  },
  xxhash64: {
    bytes: 8,
    ready: false,
    check: () => void xxhash64(),
    of(bytes) {
      const summing = xxhash64()
      return typeof summing === 'function' ? sumOf64(summing(bytes)) : summing.then((sum) => sumOf64(sum(bytes)))
    },
  },
}

export const SUM_BY_MARK: ReadonlyMap<unknown, Sum> = new Map(Object.entries(SUMS))

/** The longest sum there is. */
export const MAX_SUM_BYTES = 32
