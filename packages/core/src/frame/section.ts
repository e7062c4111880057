import { decodeText } from '../bytes.js'
import type { Bytes, Mark, Marks, Tag } from '../contract.js'
import { CacheError } from '../errors.js'

/** The marks and tags of one frame. */
export interface Section {
  readonly marks: Marks
  readonly tags: readonly Tag[]
}

/** As it is stored, in JSON. */
type StoredSection = readonly [marks: Marks, ...tags: StoredTag[]]
type StoredTag = readonly [name: string, marker?: string]

/** Of a frame without marks and tags: it takes no bytes. */
export const NO_SECTION: Section = /* @__PURE__ */ frozen([{}])

/** A longer section hardly comes twice in a row. */
const LONGEST_REMEMBERED = 256

/** Gives the text to store. Neighbours mostly bear the same marks, so the last are remembered. */
export function sectionWriter(): (section: Section) => string {
  let known: Marks = {}
  let knownText = ''
  return ({ marks, tags }) => {
    if (tags.length > 0) return textOf(marks, tags)
    if (!areSame(marks, known)) {
      knownText = textOf(marks, tags)
      known = { ...marks }
    }
    return knownText
  }
}

function textOf(marks: Marks, tags: readonly Tag[]): string {
  const stored = [marks, ...tags.map(({ name, marker }) => (marker === undefined ? [name] : [name, marker]))]
  if (isStoredSection(stored)) return JSON.stringify(stored)
  const names = Object.keys(marks).join(', ')
  throw new CacheError(
    'INVALID_VALUE',
    `expected marks of texts, booleans and finite numbers but -0, and tags of texts, got ${names}`,
  )
}

function areSame(marks: Marks, known: Marks): boolean {
  let left = Object.keys(known).length
  for (const name in marks) {
    if (!Object.is(marks[name], known[name])) return false
    left -= 1
  }
  return left === 0
}

/** Gives the section between two places; `undefined` where there is none. */
export type SectionReader = (bytes: Bytes, from: number, to: number) => Section | undefined

/** The last section is remembered: the same bytes give the same frozen objects. */
export function sectionReader(): SectionReader {
  const known = new Uint8Array(LONGEST_REMEMBERED)
  let knownBytes = 0
  let last = NO_SECTION

  function isKnown(bytes: Bytes, from: number, length: number): boolean {
    if (length !== knownBytes) return false
    for (let index = 0; index < length; index += 1) if (bytes[from + index] !== known[index]) return false
    return true
  }

  return (bytes, from, to) => {
    if (from === to) return NO_SECTION
    if (isKnown(bytes, from, to - from)) return last
    const section = parse(bytes, from, to)
    if (section === undefined || to - from > LONGEST_REMEMBERED) return section
    known.set(bytes.subarray(from, to))
    knownBytes = to - from
    last = section
    return section
  }
}

function parse(bytes: Bytes, from: number, to: number): Section | undefined {
  try {
    const stored: unknown = JSON.parse(decodeText(bytes, from, to))
    return isStoredSection(stored) ? frozen(stored) : undefined
  } catch {
    return undefined // Neither UTF-8 nor JSON.
  }
}

function isStoredSection(value: unknown): value is StoredSection {
  return Array.isArray(value) && areMarks(value[0]) && value.slice(1).every(isStoredTag)
}

function areMarks(value: unknown): value is Marks {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isMark)
}

function isMark(value: unknown): value is Mark {
  return typeof value === 'string' || typeof value === 'boolean' || (Number.isFinite(value) && !Object.is(value, -0))
}

function isStoredTag(value: unknown): value is StoredTag {
  return Array.isArray(value) && value.length > 0 && value.length < 3 && value.every((part) => typeof part === 'string')
}

function frozen([marks, ...tags]: StoredSection): Section {
  return {
    marks: Object.freeze(marks),
    tags: Object.freeze(
      tags.map(([name, marker]) => Object.freeze(marker === undefined ? { name } : { name, marker })),
    ),
  }
}
