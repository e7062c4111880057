import { optional } from '../optional.js'

/** What is used of lz4-napi. What it makes begins with the original length, four bytes, little-endian. */
export interface Lz4 {
  compressSync(bytes: Buffer): Buffer
  compress(bytes: Buffer): Promise<Buffer>
  uncompressSync(bytes: Buffer): Buffer
  uncompress(bytes: Buffer): Promise<Buffer>
}

let loaded: Lz4 | undefined

/** Loaded when it is first needed. */
export function lz4(): Lz4 {
  loaded ??= optional('lz4-napi', 'compression') as Lz4
  return loaded
}
