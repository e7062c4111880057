import { isUtf8 } from 'node:buffer'
import type { Bytes } from '@cachette/core'
import { damaged, MAX_DEPTH } from './refusal.js'

/** Below this, going byte by byte is quicker than asking the platform. */
const SHORT_TEXT = 64

const PROTO = '__proto__'

/** Where a scan of nested arrays and maps is: how many values each level still lacks. No level calls another. */
export class Walk {
  readonly #bytes: number
  readonly #counts: number[] = []
  readonly #keyed: boolean[] = []
  #left = 1
  #isMap = false

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** Whether another value must come; counts it. */
  next(): boolean {
    while (this.#left === 0) {
      const left = this.#counts.pop()
      if (left === undefined) return false
      this.#left = left
      this.#isMap = this.#keyed.pop() === true
    }
    this.#left -= 1
    return true
  }

  /** Whether what comes is the name of a value in a map. */
  isKey(): boolean {
    return this.#isMap && this.#left % 2 === 1
  }

  /** Into an array or a map. One that says it has more than there are bytes left is refused. */
  enter(count: number, isMap: boolean, at: number): void {
    const items = isMap ? count * 2 : count
    if (items > this.#bytes - at) throw damaged('a length past the end')
    if (this.#counts.length === MAX_DEPTH) throw damaged(`more than ${MAX_DEPTH} levels`)
    this.#counts.push(this.#left)
    this.#keyed.push(this.#isMap)
    this.#left = items
    this.#isMap = isMap
  }
}

/** Refuses what is no UTF-8, and a name that would reach a prototype; gives where the text ends. */
export function checkText(bytes: Bytes, from: number, size: number, isKey: boolean): number {
  const to = from + size
  if (to > bytes.length) throw damaged('a text past the end')
  if (!isText(bytes, from, to)) throw damaged('a text that is no UTF-8')
  if (isKey && size === PROTO.length && isProto(bytes, from)) throw damaged('a name that reaches a prototype')
  return to
}

function isText(bytes: Bytes, from: number, to: number): boolean {
  if (to - from < SHORT_TEXT) {
    let at = from
    while (at < to && (bytes[at] ?? 0) < 0x80) at += 1
    if (at === to) return true
  }
  return isUtf8(bytes.subarray(from, to))
}

function isProto(bytes: Bytes, from: number): boolean {
  for (let index = 0; index < PROTO.length; index += 1) {
    if (bytes[from + index] !== PROTO.charCodeAt(index)) return false
  }
  return true
}

/** A number of so many bytes, the greatest first. */
export function uint(bytes: Bytes, at: number, width: number): number {
  let value = 0
  for (let index = at; index < at + width; index += 1) value = value * 256 + (bytes[index] ?? ended())
  return value
}

export function ended(): never {
  throw damaged('an end before the end')
}
