import {
  type Bytes,
  CacheError,
  type Change,
  type Entry,
  type Found,
  json,
  type Tag,
  type Version,
} from '@cachette/core'
import { CODEC, CODEC_MARK, type Place, placeOf } from './places.js'

const codec = json()

const NO_TAGS: readonly Tag[] = []

/** What JSON makes of a value, without what it cannot carry; nothing where it makes nothing of it. */
export function bytesOf(value: unknown): Bytes | undefined {
  const text: string | undefined = JSON.stringify(value)
  return text === undefined ? undefined : Buffer.from(text)
}

/** The value of an entry, whoever stored it as JSON. */
export function valueIn({ value, marks }: Found): unknown {
  const mark = marks[CODEC_MARK]
  if (value === undefined || typeof mark !== 'string') throw corrupt()
  if (mark !== CODEC) return codec.decode(value, mark.startsWith(`${CODEC}/`) ? mark.slice(CODEC.length + 1) : mark)
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.length).toString())
  } catch (cause) {
    throw corrupt(cause)
  }
}

/** When an entry ends: never, where its lifetime is no number. */
export function endOf(ttlMs: unknown, now: number): number {
  return typeof ttlMs === 'number' && !Number.isNaN(ttlMs) ? now + ttlMs : Infinity
}

/** What is over already, or is nothing in JSON, is as good as removed. */
export function putting(key: string, bytes: Bytes | undefined, endsAt: number, now: number, version: Version): Change {
  const place = placeOf(key)
  if (bytes === undefined || endsAt <= now) return { key: place.key, entry: undefined, version }
  return { key: place.key, entry: entryOf(place, bytes, endsAt, now, version), version }
}

/** Written out, which is quicker than to spread what is common. */
function entryOf({ marks }: Place, value: Bytes, endsAt: number, now: number, version: Version): Entry {
  return {
    createdAt: now,
    staleAt: endsAt,
    expiresAt: endsAt,
    keptUntil: endsAt,
    version,
    kind: 'value',
    tags: NO_TAGS,
    marks,
    size: value.length,
    value,
  }
}

function corrupt(cause?: unknown): CacheError {
  return new CacheError('CORRUPT', 'level-cache: what is stored there is no JSON', { operation: 'read', cause })
}
