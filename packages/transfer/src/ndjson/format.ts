import { crc32 } from 'node:zlib'
import { type Bytes, CacheError } from '@cachette/core'

/** The first line says what the file is, and the last one that it is all there. The README is the specification. */
const FORMAT = 'cachette-ndjson'
const VERSION = 1

export interface FirstLine {
  /** The name of the store that it came from. */
  readonly store: string
  readonly prefix: string
}

export interface LastLine {
  readonly entries: number
  /** Of all lines before it, in hexadecimal digits. */
  readonly sha256: string
}

type Members = Readonly<Record<string, unknown>>

export function firstLine({ store, prefix }: FirstLine): string {
  return sealed({ format: FORMAT, version: VERSION, store, prefix })
}

export function firstOf({ format, version, store, prefix }: Members): FirstLine {
  if (format !== FORMAT) throw bad('its format is another')
  if (version !== VERSION) throw bad(`it is of version ${JSON.stringify(version)}, and ${VERSION} is what can be read`)
  if (typeof store !== 'string' || typeof prefix !== 'string') throw bad('it does not say what it is an export of')
  return { store, prefix }
}

/** The last line, where the members are those of one. */
export function lastOf({ entries, sha256 }: Members): LastLine | undefined {
  return typeof entries === 'number' && typeof sha256 === 'string' ? { entries, sha256 } : undefined
}

/** A line with its own checksum as its last member, so that it is known to be whole before any of it is stored. */
export function sealed(members: object): string {
  const body = JSON.stringify(members).slice(0, -1)
  return `${body},"crc32":"${checksum(body)}"}\n`
}

const SEAL = /,"crc32":"([\da-f]{8})"\}$/

/** Whether it ends as a whole line does, right or wrong. */
export function isSealed(line: Bytes): boolean {
  return SEAL.test(Buffer.from(line.subarray(-32)).toString('latin1'))
}

/** The members of a line, once its checksum has been found right. */
export function unsealed(line: string): Members {
  const found = SEAL.exec(line.slice(-32))
  if (found === null)
    throw bad(`it does not end with a checksum${line.endsWith('\r') ? ', but with a carriage return' : ''}`)
  const body = line.slice(0, -found[0].length)
  if (checksum(body) !== found[1])
    throw bad(`its checksum is wrong${line.startsWith('\ufeff') ? ': it begins with a byte order mark' : ''}`)
  const parsed = parse(`${body}}`)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw bad('it is no object')
  return parsed as Members
}

/** What every export begins with. */
export const OPENING = `{"format":"${FORMAT}","version":${VERSION},…}`

/** What is wrong with a line; its number is added by whoever counts them. */
export function bad(problem: string, cause?: unknown): CacheError {
  return new CacheError('CORRUPT', problem, { cause })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw bad('it is no JSON', cause)
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
