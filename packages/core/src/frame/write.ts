import { allocate, putText } from '../bytes.js'
import type { Bytes, Header } from '../contract.js'
import { CacheError } from '../errors.js'
import type { RangeCrc32 } from './crc32.js'
import {
  FRAME_OFFSETS as AT,
  areTimes,
  FRAME_FLAGS,
  isVersion,
  KINDS,
  MAX_U16,
  makeScratch,
  putU48,
  putVersion,
  SIGNATURE,
} from './layout.js'
import type { FrameSettings } from './options.js'
import { sectionWriter } from './section.js'

/** Room for the longest section and key, at three bytes for each unit of text. */
const scratch = /* @__PURE__ */ makeScratch(AT.section + 6 * MAX_U16)

/** What a head says of the value that stands behind it. */
export interface ValueFacts {
  readonly bytes: number
  /** Its CRC-32; `undefined` where the frame is not to cover it. */
  readonly checksum: number | undefined
}

/** Makes a head, in bytes with `room` behind it. */
export type HeadWriter = (header: Header, key: string, value: ValueFacts, room: number) => Bytes

export function headWriter(settings: FrameSettings, crc32: RangeCrc32): HeadWriter {
  const sectionText = sectionWriter()
  const { bytes, view } = scratch
  return (header, key, value, room) => {
    const kind = checkedKind(header)
    const section = sectionText(header)
    const keyAt = putField(AT.section, section, 'of marks and tags')
    const end = settings.keys ? putField(keyAt, key, 'in a key') : keyAt
    if (end + value.bytes > settings.maxBytes) tooLarge('in a frame', settings.maxBytes, end + value.bytes)

    let flags = kind
    if (section.startsWith('[{"')) flags |= FRAME_FLAGS.marks
    if (header.tags.length > 0) flags |= FRAME_FLAGS.tags
    if (end > keyAt) flags |= FRAME_FLAGS.key
    if (value.checksum !== undefined) flags |= FRAME_FLAGS.valueChecked

    view.setUint32(AT.magic, SIGNATURE | flags)
    view.setFloat64(AT.createdAt, header.createdAt)
    view.setFloat64(AT.staleAt, header.staleAt)
    view.setFloat64(AT.expiresAt, header.expiresAt)
    view.setFloat64(AT.keptUntil, header.keptUntil)
    putVersion(view, AT.version, header.version)
    view.setUint16(AT.sectionBytes, keyAt - AT.section)
    view.setUint16(AT.keyBytes, end - keyAt)
    putU48(view, AT.valueBytes, value.bytes)
    view.setUint32(AT.valueChecksum, value.checksum ?? 0)
    view.setUint32(AT.checksum, crc32(bytes, AT.createdAt, end, view.getUint32(AT.magic)))

    const head = allocate(end + room)
    head.set(bytes.subarray(0, end))
    return head
  }
}

/** The number of the kind, of a header that a frame can hold. */
function checkedKind(header: Header): number {
  const kind = KINDS.indexOf(header.kind)
  if (kind !== -1 && areTimes(header) && isVersion(header.version)) return kind
  const { createdAt, staleAt, expiresAt, keptUntil, version } = header
  const got = [header.kind, createdAt, staleAt, expiresAt, keptUntil, JSON.stringify(version)].join(', ')
  throw new CacheError('INVALID_VALUE', `expected a kind, times and a version that frames can hold, got ${got}`)
}

function putField(at: number, text: string, where: string): number {
  // The scratch has room for so many units, so the bytes can be counted once they are there.
  const end = text.length > MAX_U16 ? at + text.length : putText(scratch.bytes, at, text)
  if (end - at > MAX_U16) tooLarge(where, MAX_U16, end - at)
  return end
}

function tooLarge(where: string, maxBytes: number, bytes: number): never {
  throw new CacheError('TOO_LARGE', `expected at most ${maxBytes} bytes ${where}, got ${bytes}`, {
    details: { maxBytes, bytes },
  })
}
