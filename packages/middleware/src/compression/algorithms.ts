import { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { type Bytes, CacheError } from '@cachette/core'
import { lz4 } from './lz4.js'

export type AlgorithmName = 'brotli' | 'deflate' | 'gzip' | 'lz4' | 'zstd'

/** One way to make bytes shorter. What it makes, and reads, begins with the original length: see `LENGTH_BYTES`. */
export interface Algorithm {
  /** What stands in an entry's mark. Never used again for another format. */
  readonly mark: string
  /** From, to, and which one unless another is asked for. */
  readonly levels: readonly [least: number, most: number, usual: number]
  /** Throws where it cannot be used here. */
  check(): void
  /** Whether it makes use of a dictionary. Those that do not leave it alone. */
  readonly takesDictionary: boolean
  packSync(bytes: Bytes, level: number, dictionary: Bytes | undefined): Bytes
  pack(bytes: Bytes, level: number, dictionary: Bytes | undefined): Promise<Bytes>
  unpackSync(bytes: Bytes, length: number, dictionary: Bytes | undefined): Bytes
  unpack(bytes: Bytes, length: number, dictionary: Bytes | undefined): Promise<Bytes>
}

/** The original length, little-endian, as lz4 has it; the other algorithms are given the same. */
export const LENGTH_BYTES = 4

/** Memory is taken as there is something to put into it, so that a forged length costs no more than this. */
const MAX_CHUNK_BYTES = 1024 * 1024

interface Limits {
  readonly maxOutputLength: number
  readonly chunkSize: number
  readonly dictionary: Bytes | undefined
}

type Run<O> = (bytes: Bytes, options: O) => Buffer
type Begin<O> = (bytes: Bytes, options: O, done: (error: Error | null, result: Buffer) => void) => void

/** The four functions that zlib has for each of its algorithms. */
interface Platform<O> {
  readonly levels: readonly [least: number, most: number, usual: number]
  readonly takesDictionary?: boolean
  options(level: number, dictionary: Bytes | undefined): O
  readonly packSync: Run<O>
  readonly pack: Begin<O>
  readonly unpackSync: Run<Limits>
  readonly unpack: Begin<Limits>
}

function platform<O>(mark: string, functions: Platform<O>, check: () => void = available): Algorithm {
  const { options } = functions
  const pack = promisify(functions.pack)
  const unpack = promisify(functions.unpack)
  return {
    mark,
    levels: functions.levels,
    takesDictionary: functions.takesDictionary === true,
    check,
    packSync: (bytes, level, dictionary) => packed(bytes, functions.packSync(bytes, options(level, dictionary))),
    pack: async (bytes, level, dictionary) => packed(bytes, await pack(bytes, options(level, dictionary))),
    unpackSync: (bytes, length, dictionary) =>
      plain(functions.unpackSync(bytes.subarray(LENGTH_BYTES), limits(length, dictionary))),
    unpack: async (bytes, length, dictionary) =>
      plain(await unpack(bytes.subarray(LENGTH_BYTES), limits(length, dictionary))),
  }
}

const available = (): void => undefined

/** What a length says is what there may be, and not a byte more: a bomb ends there. */
function limits(length: number, dictionary: Bytes | undefined): Limits {
  // A little more than it will fill, since a full chunk makes zlib take another.
  return { maxOutputLength: length, chunkSize: Math.min(length + 64, MAX_CHUNK_BYTES), dictionary }
}

function packed(original: Bytes, made: Bytes): Bytes {
  const bytes = new Uint8Array(LENGTH_BYTES + made.length)
  new DataView(bytes.buffer).setUint32(0, original.length, true)
  bytes.set(made, LENGTH_BYTES)
  return bytes
}

/** A plain array of bytes, as codecs and stores know it. */
function plain(bytes: Buffer): Bytes {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const brotli = platform<zlib.BrotliOptions>('br', {
  levels: [0, 11, 1],
  options: (level) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: level } }),
  packSync: zlib.brotliCompressSync,
  pack: zlib.brotliCompress,
  unpackSync: zlib.brotliDecompressSync,
  unpack: zlib.brotliDecompress,
})

const deflate = platform<zlib.ZlibOptions>('deflate', {
  levels: [1, 9, 1],
  takesDictionary: true,
  options: (level, dictionary) => ({ level, dictionary }),
  packSync: zlib.deflateRawSync,
  pack: zlib.deflateRaw,
  unpackSync: zlib.inflateRawSync,
  unpack: zlib.inflateRaw,
})

const gzip = platform<zlib.ZlibOptions>('gzip', {
  levels: [1, 9, 6],
  options: (level) => ({ level }),
  packSync: zlib.gzipSync,
  pack: zlib.gzip,
  unpackSync: zlib.gunzipSync,
  unpack: zlib.gunzip,
})

/** Of Node 22.15 and later, whose types are not to be had here. */
interface Zstd {
  zstdCompressSync: Run<{ readonly params: Readonly<Record<number, number>> }>
  zstdCompress: Begin<{ readonly params: Readonly<Record<number, number>> }>
  zstdDecompressSync: Run<Limits>
  zstdDecompress: Begin<Limits>
}

/** The number of the level among the parameters of zstd itself. */
const ZSTD_LEVEL = 100

function zstdOf(node: typeof zlib & Partial<Zstd>): Algorithm {
  const { zstdCompressSync, zstdCompress, zstdDecompressSync, zstdDecompress } = node
  const check = (): void => {
    if (zstdCompressSync !== undefined) return
    const remedy = 'this Node has none; it came with 22.15 and 23.8'
    throw new CacheError('UNSUPPORTED', `compression with zstd: ${remedy}`, { source: 'compression' })
  }
  const missing = (): never => {
    check()
    throw new TypeError('zlib has a part of zstd alone')
  }
  const functions = {
    levels: [1, 22, 1],
    options: (level: number) => ({ params: { [ZSTD_LEVEL]: level } }),
    packSync: zstdCompressSync ?? missing,
    pack: zstdCompress ?? missing,
    unpackSync: zstdDecompressSync ?? missing,
    unpack: zstdDecompress ?? missing,
  } as const
  return platform('zstd', functions, check)
}

const lz4Block: Algorithm = {
  mark: 'lz4',
  levels: [0, 0, 0],
  takesDictionary: false,
  check: () => void lz4(),
  packSync: (bytes) => plain(lz4().compressSync(bufferOf(bytes))),
  pack: async (bytes) => plain(await lz4().compress(bufferOf(bytes))),
  unpackSync(bytes, length) {
    checkRatio(bytes, length)
    return plain(lz4().uncompressSync(bufferOf(bytes)))
  },
  unpack(bytes, length) {
    checkRatio(bytes, length)
    return lz4().uncompress(bufferOf(bytes)).then(plain)
  },
}

/** A byte of lz4 says at most 255 bytes more. The library takes what memory the length says, so that must be possible. */
const MAX_LZ4_RATIO = 255

function checkRatio(bytes: Bytes, length: number): void {
  if (length <= (bytes.length - LENGTH_BYTES) * MAX_LZ4_RATIO) return
  throw new CacheError('CORRUPT', 'lz4 cannot have made so few bytes of so many')
}

export const ALGORITHMS: Readonly<Record<AlgorithmName, Algorithm>> = {
  brotli,
  deflate,
  gzip,
  lz4: lz4Block,
  zstd: zstdOf(zlib),
}

/** By what stands in the marks of entries. */
export const BY_MARK: ReadonlyMap<unknown, Algorithm> = new Map(
  Object.values(ALGORITHMS).map((algorithm) => [algorithm.mark, algorithm]),
)
