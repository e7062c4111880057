import { decodeText } from '../bytes.js'
import type { Bytes, Found } from '../contract.js'
import type { RangeCrc32 } from './crc32.js'
import {
  FRAME_OFFSETS as AT,
  areTimes,
  FLAG_BITS,
  FRAME_FLAGS,
  getU48,
  getVersion,
  KINDS,
  makeScratch,
  SIGNATURE,
} from './layout.js'
import { NO_SECTION, type SectionReader } from './section.js'

/** What reading a frame takes beside its bytes. */
export interface Means {
  readonly crc32: RangeCrc32
  readonly sections: SectionReader
}

/** Where the parts of a frame are: only of a frame whose lengths add up and whose head is whole. */
interface Parts {
  readonly flags: number
  readonly keyAt: number
  readonly valueAt: number
}

/** The fixed fields are copied here first: a view of each frame would cost more than all of reading it. */
const fixed = /* @__PURE__ */ makeScratch(AT.section)

/** `frameBytes` is how long the whole frame is: a read of the header may be given the head alone. */
export function readFrame(
  bytes: Bytes,
  key: string,
  want: 'value' | 'header',
  frameBytes: number,
  means: Means,
): Found | undefined {
  const parts = partsOf(bytes, frameBytes, means.crc32)
  if (parts === undefined) return damaged(bytes, means.crc32)
  if (hasKey(parts) && keyOf(bytes, parts) !== key) return undefined
  const value = want === 'value' ? bytes.subarray(parts.valueAt) : undefined
  return foundIn(bytes, parts, value, means) ?? damaged(bytes, means.crc32)
}

export function readKey(bytes: Bytes, means: Means): string | undefined {
  const parts = partsOf(bytes, bytes.length, means.crc32)
  return parts !== undefined && hasKey(parts) ? keyOf(bytes, parts) : undefined
}

function partsOf(bytes: Bytes, frameBytes: number, crc32: RangeCrc32): Parts | undefined {
  if (bytes.length < AT.section) return undefined
  fixed.bytes.set(bytes.subarray(0, AT.section))
  const { view } = fixed
  const signature = view.getUint32(AT.magic)
  if ((signature & ~FLAG_BITS) >>> 0 !== SIGNATURE) return undefined
  const keyAt = AT.section + view.getUint16(AT.sectionBytes)
  const valueAt = keyAt + view.getUint16(AT.keyBytes)
  // Lengths are believed only where they add up to what is there, and nothing is allocated by them.
  if (valueAt > bytes.length || valueAt + getU48(view, AT.valueBytes) !== frameBytes) return undefined
  if (crc32(bytes, AT.createdAt, valueAt, signature) !== view.getUint32(AT.checksum)) return undefined
  const parts = { flags: signature & FLAG_BITS, keyAt, valueAt }
  return hasKey(parts) === valueAt > keyAt ? parts : undefined
}

function hasKey({ flags }: Parts): boolean {
  return (flags & FRAME_FLAGS.key) !== 0
}

function keyOf(bytes: Bytes, { keyAt, valueAt }: Parts): string | undefined {
  try {
    return decodeText(bytes, keyAt, valueAt)
  } catch {
    return undefined // Forged: what is not UTF-8 is nobody's key.
  }
}

/** The entry whose fixed fields were taken; `undefined` where a whole head holds what no writer puts there. */
function foundIn(bytes: Bytes, { flags, keyAt }: Parts, value: Bytes | undefined, means: Means): Found | undefined {
  const { view } = fixed
  const isChecked = value !== undefined && (flags & FRAME_FLAGS.valueChecked) !== 0
  if (isChecked && means.crc32(value, 0, value.length, 0) !== view.getUint32(AT.valueChecksum)) return undefined
  const kind = KINDS[flags & FRAME_FLAGS.kind]
  const section = means.sections(bytes, AT.section, keyAt)
  if (kind === undefined || section === undefined) return undefined
  const found: Found = {
    createdAt: view.getFloat64(AT.createdAt),
    staleAt: view.getFloat64(AT.staleAt),
    expiresAt: view.getFloat64(AT.expiresAt),
    keptUntil: view.getFloat64(AT.keptUntil),
    version: getVersion(view, AT.version),
    kind,
    marks: section.marks,
    tags: section.tags,
    size: getU48(view, AT.valueBytes),
    value,
  }
  return areTimes(found) ? found : undefined
}

/**
 * What stands for bytes that are no entry: absent to everyone, there until it is replaced, and told apart from any
 * other damage by a version that no writer gives.
 */
function damaged(bytes: Bytes, crc32: RangeCrc32): Found {
  return {
    createdAt: 0,
    staleAt: 0,
    expiresAt: 0,
    keptUntil: Number.POSITIVE_INFINITY,
    version: { time: 0, count: 0, writer: crc32(bytes, 0, bytes.length, 0) },
    kind: 'damaged',
    ...NO_SECTION,
    size: bytes.length,
    value: undefined,
  }
}
