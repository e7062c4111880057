import type { Bytes, Header, Kind, Version } from '../contract.js'

/**
 * Where the fixed fields of a frame begin, in bytes. Numbers are big-endian, so the order of the bytes is the order
 * of the times and of the versions. `docs/format.md` is the specification; nothing here changes without a new format.
 */
export const FRAME_OFFSETS = {
  /** 2 bytes, CA C4: no text in UTF-8 begins so. */
  magic: 0,
  /** 1 byte: 1. */
  format: 2,
  /** 1 byte: `FRAME_FLAGS`. */
  flags: 3,
  /** 4 bytes: CRC-32 of everything from `createdAt` up to the value, seeded with the first four bytes. */
  checksum: 4,
  /** 8 bytes each: float64, zero or above, `Infinity` included. */
  createdAt: 8,
  staleAt: 16,
  expiresAt: 24,
  keptUntil: 32,
  /** 14 bytes: time (6), count (2), writer (6). */
  version: 40,
  /** 2 bytes: how long the section of marks and tags is. */
  sectionBytes: 54,
  /** 2 bytes: how long the stored key is. */
  keyBytes: 56,
  /** 6 bytes: how long the value is. */
  valueBytes: 58,
  /** 4 bytes: CRC-32 of the value; 0 where the flags do not say that it is covered. */
  valueChecksum: 64,
  /** Here the section begins; then come the key and the value. */
  section: 68,
} as const

/** The bits of the flags. */
export const FRAME_FLAGS = {
  /** Two bits: 0 a value, 1 a lease, 2 a tombstone. */
  kind: 0b11,
  marks: 0b100,
  tags: 0b1000,
  key: 0b1_0000,
  /** `valueChecksum` is filled in. */
  valueChecked: 0b10_0000,
} as const

/** The first four bytes without the flags: magic and format version 1. */
export const SIGNATURE = 0xcac4_0100

/** All flags there are: any other bit makes it no frame of this format. */
export const FLAG_BITS = 0b11_1111

/** By their number in the flags. */
export const KINDS: readonly Kind[] = ['value', 'lease', 'tombstone']

/** What the fields for lengths and version can say. */
export const MAX_U16 = 0xffff
export const MAX_U48 = 2 ** 48 - 1

/** Times of a frame are never below zero, which keeps their bytes in order; this also finds `NaN`. */
export function areTimes({ createdAt, staleAt, expiresAt, keptUntil }: Header): boolean {
  return createdAt >= 0 && staleAt >= 0 && expiresAt >= 0 && keptUntil >= 0
}

export function isVersion({ time, count, writer }: Version): boolean {
  return isUpTo(MAX_U48, time) && isUpTo(MAX_U16, count) && isUpTo(MAX_U48, writer)
}

function isUpTo(most: number, value: number): boolean {
  return value >= 0 && value <= most && Math.floor(value) === value
}

const U32 = 2 ** 32

export function getU48(view: DataView, at: number): number {
  return view.getUint16(at) * U32 + view.getUint32(at + 2)
}

export function putU48(view: DataView, at: number, value: number): void {
  view.setUint16(at, value / U32)
  view.setUint32(at + 2, value)
}

export function getVersion(view: DataView, at: number): Version {
  return { time: getU48(view, at), count: view.getUint16(at + 6), writer: getU48(view, at + 8) }
}

export function putVersion(view: DataView, at: number, { time, count, writer }: Version): void {
  putU48(view, at, time)
  view.setUint16(at + 6, count)
  putU48(view, at + 8, writer)
}

/** A version as frames hold it, for scripts that compare it where the frame is stored. */
export function versionBytes(version: Version): Bytes {
  const bytes = new Uint8Array(FRAME_OFFSETS.sectionBytes - FRAME_OFFSETS.version)
  putVersion(new DataView(bytes.buffer), 0, version)
  return bytes
}

/** Bytes to compose or take apart in, and a view of them. */
export interface Scratch {
  readonly bytes: Bytes
  readonly view: DataView
}

export function makeScratch(size: number): Scratch {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer) }
}
