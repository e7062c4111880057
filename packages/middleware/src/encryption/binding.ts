import { Buffer } from 'node:buffer'
import { type Bytes, type ValueContext, versionBytes } from '@cachette/core'

const KINDS = ['value', 'lease', 'tombstone', 'damaged'] as const

const TIMES_AT = 1
const VERSION_AT = 33
const TEXT_AT = 47

/**
 * The facts that a sealed value is bound to: whoever opens it must know the same. Of fixed length up to the texts, and
 * no mark has a NUL in it, so that no two entries have the same bytes here.
 */
export function binding({ key, header }: ValueContext, mark: string): Bytes {
  const text = `${mark}\0${key}`
  const bytes = Buffer.allocUnsafe(TEXT_AT + Buffer.byteLength(text))
  bytes.writeUInt8(KINDS.indexOf(header.kind))
  const times = [header.createdAt, header.staleAt, header.expiresAt, header.keptUntil]
  for (const [index, time] of times.entries()) bytes.writeDoubleBE(time, TIMES_AT + index * 8)
  bytes.set(versionBytes(header.version), VERSION_AT)
  bytes.write(text, TEXT_AT)
  return bytes
}
