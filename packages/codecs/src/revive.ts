import { Buffer } from 'node:buffer'
import { BIGINT, ERRORS, HIDDEN_IN_ERRORS, KIND, NODE_BUFFER, TEXT, VIEWS, ZERO } from './graph.js'
import { damaged, MAX_DEPTH } from './refusal.js'

/** So many holes may take memory, and so many more for each item; beyond, only what is in an array does. */
const FEW_HOLES = 16
const HOLES_PER_ITEM = 4

const LONGEST_ARRAY = 2 ** 32 - 1

/**
 * The value that a graph stands for. It is given whatever a library made of bytes, and takes nothing on trust: each
 * node is made empty first and filled then, without recursion, and one that nothing before it refers to is damage.
 */
export function revive(graph: unknown): unknown {
  const nodes = listOf(graph, 'a graph').map((node) => listOf(node, 'a node'))
  const [root] = nodes
  return nodes.length === 1 && root?.[0] === KIND.scalar ? scalar(root[1]) : new Reviving(nodes).value()
}

type Parts = readonly unknown[]

class Reviving {
  readonly #nodes: readonly Parts[]
  readonly #made: readonly object[]
  /** Levels down to each node, by the first way that leads there; 0 where none has been found. */
  readonly #levels: Uint16Array
  #at = 0

  constructor(nodes: readonly Parts[]) {
    this.#nodes = nodes
    this.#levels = new Uint16Array(nodes.length)
    this.#made = nodes.map(makeEmpty)
  }

  value(): unknown {
    const [root] = this.#made
    if (root === undefined) throw damaged('an empty graph')
    this.#levels[0] = 1
    for (const [place, made] of this.#made.entries()) {
      if (this.#levels[place] === 0) throw damaged('a node that nothing leads to')
      this.#at = place
      this.#fill(made, this.#nodes[place] ?? [])
    }
    return root
  }

  #fill(made: object, [kind, ...parts]: Parts): void {
    switch (kind) {
      case KIND.array:
        for (const part of parts) (made as unknown[]).push(this.#slot(part))
        return
      case KIND.object:
      case KIND.bare:
        this.#define(made, parts)
        return
      case KIND.sparse:
        this.#define(made, parts.slice(1), refuseLength)
        return
      case KIND.map:
        checkPairs(parts)
        for (let index = 0; index < parts.length; index += 2) {
          ;(made as Map<unknown, unknown>).set(this.#slot(parts[index]), this.#slot(parts[index + 1]))
        }
        return
      case KIND.set:
        for (const part of parts) (made as Set<unknown>).add(this.#slot(part))
        return
      case KIND.error: {
        const hidden = 2 * Number(parts[1])
        this.#define(made, parts.slice(2, 2 + hidden), checkHiddenName, false)
        this.#define(made, parts.slice(2 + hidden))
        return
      }
      default: // was made whole
    }
  }

  /** Properties by their names, none of which reaches a prototype. */
  #define(made: object, parts: Parts, check?: (name: string) => void, enumerable = true): void {
    checkPairs(parts)
    for (let index = 0; index < parts.length; index += 2) {
      const name = textOf(scalar(parts[index]))
      check?.(name)
      const value = this.#slot(parts[index + 1])
      // Setting is quicker, where nothing that is inherited can get in its way.
      if (enumerable && !(name in made)) (made as Record<string, unknown>)[name] = value
      else Object.defineProperty(made, name, { value, enumerable, writable: true, configurable: true })
    }
  }

  #slot(part: unknown): unknown {
    if (!Array.isArray(part) || part.length !== 1) return scalar(part)
    const place: unknown = part[0]
    const found = typeof place === 'number' ? this.#made[place] : undefined
    if (found === undefined || typeof place !== 'number') throw damaged('a way to no node')
    if (this.#levels[place] === 0) this.#levels[place] = this.#deeper(place)
    return found
  }

  #deeper(place: number): number {
    if (place <= this.#at) throw damaged('a node that nothing before it leads to')
    const level = (this.#levels[this.#at] ?? 0) + 1
    if (level > MAX_DEPTH + 1) throw damaged(`more than ${MAX_DEPTH} levels`)
    return level
  }
}

function makeEmpty(node: Parts): object {
  const [kind, first, second, third] = node
  switch (kind) {
    case KIND.array:
      return []
    case KIND.object:
      return {}
    case KIND.bare:
      return Object.create(null) as object
    case KIND.map:
      return new Map()
    case KIND.set:
      return new Set()
    case KIND.date:
      return new Date(numberOf(first))
    case KIND.regExp: {
      const made = new RegExp(textOf(scalar(first)), textOf(second))
      made.lastIndex = numberOf(scalar(third))
      return made
    }
    case KIND.error:
      return emptyError(textOf(first), numberOf(second))
    case KIND.buffer:
      return bufferOf(first)
    case KIND.view:
      return viewOf(textOf(first), bufferOf(second))
    case KIND.sparse:
      return emptyArray(numberOf(first), (node.length - 2) / 2)
    case KIND.boxed:
      return boxOf(scalar(first))
    default:
      throw damaged('a node of no kind')
  }
}

/** What stands for itself, and what a text stands for. */
function scalar(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part
  const [what, text] = listOf(part, 'a slot')
  switch (what) {
    case ZERO:
      return -0
    case BIGINT:
      return bigintOf(textOf(text))
    case TEXT:
      return quoted(textOf(text))
    default:
      throw damaged('a slot of no kind')
  }
}

function bigintOf(text: string): bigint {
  if (!/^-?[\da-f]+$/.test(text)) throw damaged('a bigint that is none')
  return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`)
}

function quoted(text: string): string {
  if (!text.startsWith('"')) throw damaged('a text without quotes')
  return textOf(JSON.parse(text))
}

function emptyError(name: string, hidden: number): Error {
  const kind = ERRORS.find((each) => each.name === name)
  if (kind === undefined || !(hidden >= 0 && hidden <= HIDDEN_IN_ERRORS.length)) throw damaged('an error of no kind')
  const made = kind.make()
  for (const own of Object.getOwnPropertyNames(made)) Reflect.deleteProperty(made, own)
  return made
}

/** Memory is taken for what is in it, and not for as many holes as there are said to be. */
function emptyArray(length: number, items: number): unknown[] {
  if (!Number.isInteger(length) || length < 0 || length > LONGEST_ARRAY) throw damaged('a length that is none')
  const made: unknown[] = []
  // An array that was once as long as one can be stays a dictionary.
  if (length > FEW_HOLES + items * HOLES_PER_ITEM) made.length = LONGEST_ARRAY
  made.length = length
  return made
}

/** A buffer of its own. */
function bufferOf(part: unknown): ArrayBuffer {
  if (!(part instanceof Uint8Array)) throw damaged('bytes that are none')
  const copy = new Uint8Array(part.byteLength)
  copy.set(part)
  return copy.buffer
}

function viewOf(name: string, buffer: ArrayBuffer): object {
  if (name === NODE_BUFFER) return Buffer.from(buffer)
  const View = VIEWS.find((each) => each.name === name)
  if (View === undefined) throw damaged('a view of no kind')
  return new View(buffer)
}

function boxOf(value: unknown): object {
  if (value === null || value === undefined) throw damaged('a box around nothing')
  return Object(value) as object
}

/** Keys and values by turns. */
function checkPairs(parts: Parts): void {
  if (parts.length % 2 === 1) throw damaged('a key without a value')
}

function checkHiddenName(name: string): void {
  if (!HIDDEN_IN_ERRORS.includes(name)) throw damaged('a property that is hidden for no reason')
}

function refuseLength(name: string): void {
  if (name === 'length') throw damaged('a length twice over')
}

function textOf(part: unknown): string {
  if (typeof part !== 'string') throw damaged('a text that is none')
  return part
}

function numberOf(part: unknown): number {
  if (typeof part !== 'number') throw damaged('a number that is none')
  return part
}

function listOf(part: unknown, what: string): Parts {
  if (!Array.isArray(part)) throw damaged(`${what} that is no list`)
  return part
}
