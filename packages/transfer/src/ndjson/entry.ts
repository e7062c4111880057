import {
  type Bytes,
  CacheError,
  type Entry,
  type Header,
  MAX_STORE_KEY_BYTES,
  type Mark,
  type Marks,
  type Tag,
  type Version,
} from '@cachette/core'
import { shownKey } from '../shown-key.js'
import { bad } from './format.js'

/** JSON has no number for it. */
const NEVER = 'never'

type Members = Readonly<Record<string, unknown>>

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** An entry of bytes as the members of a line. */
export function membersOf(key: string, entry: Entry<unknown>): object {
  const { kind, createdAt, staleAt, expiresAt, keptUntil, version, tags, marks, value } = entry
  return {
    key,
    ...(kind === 'tombstone' && { kind }),
    createdAt,
    staleAt: shownTime(staleAt),
    expiresAt: shownTime(expiresAt),
    keptUntil: shownTime(keptUntil),
    version: [version.time, version.count, version.writer],
    ...(tags.length > 0 && { tags: tags.map(({ name, marker }) => (marker === undefined ? [name] : [name, marker])) }),
    ...(Object.keys(marks).length > 0 && { marks }),
    ...(kind === 'value' && shownValue(key, value, marks)),
  }
}

/** The entry that a line holds. Throws for whatever `membersOf` would not have written. */
export function entryOf(members: Members): readonly [key: string, entry: Entry] {
  const { key, kind = 'value', tags = [], marks = {}, ...rest } = members
  const { createdAt, staleAt, expiresAt, keptUntil, version, json, text, base64, ...others } = rest
  const [other] = Object.keys(others)
  if (other !== undefined) throw bad(`it has a member ${JSON.stringify(other.slice(0, 40))}, which no entry has`)
  if (kind !== 'value' && kind !== 'tombstone') throw bad('its kind is neither value nor tombstone')
  const value = givenValue({ json, text, base64 }, kind)
  const times = {
    createdAt: timeOf('createdAt', createdAt),
    staleAt: timeOf('staleAt', staleAt),
    expiresAt: timeOf('expiresAt', expiresAt),
    keptUntil: timeOf('keptUntil', keptUntil),
  }
  if (times.createdAt > times.staleAt || times.staleAt > times.expiresAt || times.expiresAt > times.keptUntil) {
    throw bad('its times are not in order')
  }
  const header: Header = {
    ...times,
    kind,
    version: versionOf(version),
    tags: tagsOf(tags),
    marks: marksOf(marks),
    size: value.byteLength,
  }
  return [keyOf(key), { ...header, value }]
}

function shownTime(time: number): number | string {
  return time === Infinity ? NEVER : time
}

/** What people cannot read, and JSON writes as six letters each. */
const UNREADABLE = /[^\P{Cc}\t\n\r]/u

/** Readable where that is exact: as JSON, or else as text. */
function shownValue(key: string, value: unknown, marks: Marks): object {
  if (!(value instanceof Uint8Array)) throw new CacheError('BACKEND', `the value of ${shownKey(key)} is no bytes`)
  const text = textIn(value)
  if (text === undefined || UNREADABLE.test(text))
    return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  const json = marks['codec'] === 'json' ? exactJson(text) : undefined
  return json ?? { text }
}

function textIn(bytes: Bytes): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined // The way to tell what is no text.
  }
}

/** What the text stands for, where writing that again gives the very text. */
function exactJson(text: string): { readonly json: unknown } | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return JSON.stringify(json) === text ? { json } : undefined
  } catch {
    return undefined // The way to tell what is no JSON.
  }
}

function givenValue({ json, text, base64 }: Members, kind: 'value' | 'tombstone'): Bytes {
  const given = [json, text, base64].filter((form) => form !== undefined).length
  if (given !== (kind === 'value' ? 1 : 0)) throw bad('it has not the one value that its kind has')
  if (kind === 'tombstone') return new Uint8Array(0)
  if (json !== undefined) return bytesOf(JSON.stringify(json))
  if (text !== undefined) {
    if (typeof text !== 'string' || !text.isWellFormed()) throw bad('its text is none')
    return bytesOf(text)
  }
  const bytes = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64')
  if (bytes.toString('base64') !== base64) throw bad('its base64 is none')
  return new Uint8Array(bytes)
}

const encoder = new TextEncoder()

function bytesOf(text: string): Bytes {
  return encoder.encode(text)
}

function keyOf(key: unknown): string {
  if (typeof key !== 'string' || key === '' || !key.isWellFormed()) throw bad('its key is no key')
  if (Buffer.byteLength(key) > MAX_STORE_KEY_BYTES) throw bad(`its key is longer than ${MAX_STORE_KEY_BYTES} bytes`)
  return key
}

function timeOf(name: string, time: unknown): number {
  if (time === NEVER && name !== 'createdAt') return Infinity
  if (typeof time === 'number' && Number.isFinite(time) && time >= 0) return time
  throw bad(`its ${name} is no time`)
}

const MAX_U16 = 0xffff
const MAX_U48 = 2 ** 48 - 1

function versionOf(version: unknown): Version {
  const [time, count, writer, ...more] = listOf(version)
  if (!isUpTo(time, MAX_U48) || !isUpTo(count, MAX_U16) || !isUpTo(writer, MAX_U48) || more.length > 0) {
    throw bad('its version is none')
  }
  return { time, count, writer }
}

function isUpTo(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
}

function tagsOf(tags: unknown): readonly Tag[] {
  if (!Array.isArray(tags)) throw bad('its tags are no list')
  return tags.map((tag: unknown): Tag => {
    const [name, marker, ...more] = listOf(tag)
    const isMarker = marker === undefined || typeof marker === 'string'
    if (typeof name !== 'string' || !isMarker || more.length > 0) throw bad('a tag of it is none')
    return marker === undefined ? { name } : { name, marker }
  })
}

function marksOf(marks: unknown): Marks {
  if (typeof marks !== 'object' || marks === null || Array.isArray(marks)) throw bad('its marks are no object')
  const entries = Object.entries(marks).map(([name, mark]: readonly [string, unknown]) => {
    if (!isMark(mark)) throw bad('a mark of it is none')
    return [name, mark] as const
  })
  // Defines its properties one by one, so that no name reaches a prototype.
  return Object.fromEntries(entries)
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isMark(mark: unknown): mark is Mark {
  return typeof mark === 'string' || typeof mark === 'boolean' || (typeof mark === 'number' && Number.isFinite(mark))
}
