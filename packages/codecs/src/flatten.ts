import { Buffer } from 'node:buffer'
import { types } from 'node:util'
import {
  BIGINT,
  ERRORS,
  HIDDEN_IN_ERRORS,
  KIND,
  type Kind,
  NODE_BUFFER,
  type Node,
  type Part,
  type Slot,
  TEXT,
  VIEWS,
  ZERO,
} from './graph.js'
import { describe, MAX_DEPTH, refusal, type Step } from './refusal.js'
import { isPlainText } from './survey.js'

/**
 * A value as a graph, cycles and shared parts included. What cannot come back as it is is refused with `INVALID_VALUE`
 * and the path to it, as is what cannot be read at all.
 */
export function flatten(codec: string, value: unknown): readonly Node[] {
  const flattening = new Flattening()
  try {
    const slot = flattening.slot(value)
    return flattening.nodes.length === 0 ? [[KIND.scalar, slot]] : flattening.nodes
  } catch (error) {
    // Whatever else threw, an accessor or a proxy, did so where the path leads.
    if (error instanceof Fault) throw refusal(codec, error.message, flattening.path)
    throw refusal(codec, 'what cannot be read', flattening.path, error)
  }
}

class Fault extends Error {}

class Flattening {
  readonly nodes: Node[] = []
  /** Where it is. Left as it stood when something is thrown. */
  readonly path: Step[] = []
  readonly #places = new Map<object, number>()

  slot(value: unknown): Slot {
    switch (typeof value) {
      case 'string':
        return isPlainText(value) ? value : [TEXT, JSON.stringify(value)]
      case 'number':
        return Object.is(value, -0) ? [ZERO, '-0'] : value
      case 'bigint':
        return BigInt.asIntN(64, value) === value ? value : [BIGINT, hexOf(value)]
      case 'object':
        return value === null ? null : [this.#place(value)]
      case 'boolean':
      case 'undefined':
        return value
      default:
        throw new Fault(`a ${typeof value}`)
    }
  }

  #place(value: object): number {
    const known = this.#places.get(value)
    if (known !== undefined) return known
    if (this.path.length === MAX_DEPTH) throw new Fault(`more than ${MAX_DEPTH} levels`)
    const place = this.nodes.length
    this.#places.set(value, place)
    this.nodes.push([KIND.array])
    this.nodes[place] = this.#node(value)
    return place
  }

  #node(value: object): Node {
    if (Array.isArray(value)) return this.#array(value)
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === null) return this.#record(KIND.bare, value)
    if (isObjectPrototype(prototype)) return this.#record(KIND.object, value)
    if (types.isMap(value) && prototype === Map.prototype) return this.#map(value)
    if (types.isSet(value) && prototype === Set.prototype) return this.#set(value)
    if (types.isDate(value) && prototype === Date.prototype) return this.#date(value)
    if (types.isRegExp(value) && prototype === RegExp.prototype) return this.#regExp(value)
    if (types.isNativeError(value)) return this.#error(value, prototype)
    if (types.isBoxedPrimitive(value)) return this.#boxed(value, prototype)
    if (types.isArrayBuffer(value) && prototype === ArrayBuffer.prototype) return [KIND.buffer, bytesOf(value)]
    if (ArrayBuffer.isView(value)) {
      const name = viewOf(prototype)
      if (name !== undefined) return [KIND.view, name, new Uint8Array(value.buffer, value.byteOffset, value.byteLength)]
    }
    throw new Fault(describe(value))
  }

  #array(items: readonly unknown[]): Node {
    if (!Array.isArray(Object.getPrototypeOf(items))) throw new Fault(describe(items))
    const keys = Object.keys(items)
    checkHidden(items, keys.length + 1)
    const { length } = items
    // Indices come first and in order, so that the last one tells whether all of them are there.
    const isDense = keys.length === length && (length === 0 || keys[length - 1] === String(length - 1))
    if (!isDense) return this.#pairs([KIND.sparse, length], items, keys, indexOrName)
    const parts: Part[] = []
    for (let index = 0; index < length; index += 1) parts.push(this.#at(index, items[index]))
    return [KIND.array, ...parts]
  }

  #record(kind: Kind, record: object): Node {
    const keys = Object.keys(record)
    checkHidden(record, keys.length)
    return this.#pairs([kind], record, keys)
  }

  /** Names and values by turns. */
  #pairs(head: Node, value: object, keys: readonly string[], stepOf?: (key: string) => Step): Node {
    const parts: Part[] = []
    for (const key of keys) {
      // Reading may throw, and must do so where the path leads.
      this.path.push(stepOf === undefined ? key : stepOf(key))
      parts.push(this.slot(key), this.slot(Reflect.get(value, key)))
      this.path.pop()
    }
    return [...head, ...parts]
  }

  #map(map: ReadonlyMap<unknown, unknown>): Node {
    checkHidden(map, 0)
    const parts: Part[] = []
    for (const [key, value] of map) {
      const index = parts.length / 2
      const way = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`
      parts.push(this.#at([`.keys()[${index}]`], key), this.#at([way], value))
    }
    return [KIND.map, ...parts]
  }

  #set(set: ReadonlySet<unknown>): Node {
    checkHidden(set, 0)
    const parts: Part[] = []
    for (const item of set) parts.push(this.#at([`.values()[${parts.length}]`], item))
    return [KIND.set, ...parts]
  }

  #regExp(expression: RegExp): Node {
    checkHidden(expression, 1)
    const { source, flags, lastIndex } = expression
    if (typeof lastIndex !== 'number') throw new Fault('a RegExp whose lastIndex is no number')
    return [KIND.regExp, this.slot(source), flags, this.slot(lastIndex)]
  }

  #error(error: Error, prototype: unknown): Node {
    const kind = ERRORS.find((each) => each.prototype === prototype)
    if (kind === undefined) throw new Fault(describe(error))
    const shown = Object.keys(error)
    const hidden = HIDDEN_IN_ERRORS.filter((name) => Object.hasOwn(error, name) && !shown.includes(name))
    checkHidden(error, shown.length + hidden.length)
    return this.#pairs([KIND.error, kind.name, hidden.length], error, [...hidden, ...shown])
  }

  #date(date: Date): Node {
    checkHidden(date, 0)
    return [KIND.date, date.getTime()]
  }

  /** `new Number(1)` and its like. */
  #boxed(box: object, prototype: unknown): Node {
    const value: unknown = BOXES.find((each) => each.prototype === prototype)?.open(box)
    if (value === undefined) throw new Fault(describe(box))
    // The letters of a text and their count are properties too.
    checkHidden(box, typeof value === 'string' ? value.length + 1 : 0)
    return [KIND.boxed, this.slot(value)]
  }

  /** One step down. */
  #at(step: Step, value: unknown): Slot {
    this.path.push(step)
    const slot = this.slot(value)
    this.path.pop()
    return slot
  }
}

interface Box {
  readonly prototype: object
  open(box: object): unknown
}

const BOXES: readonly Box[] = [Number, String, Boolean, BigInt].map(({ prototype }) => ({
  prototype,
  open: (box): unknown => Reflect.apply(prototype.valueOf, box, []),
}))

function checkHidden(value: object, expected: number): void {
  if (Object.getOwnPropertyNames(value).length !== expected) throw new Fault('a property that does not show')
  if (Object.getOwnPropertySymbols(value).length > 0) throw new Fault('a symbol as a key')
}

/** Of this realm or another. */
function isObjectPrototype(prototype: object): boolean {
  if (prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function viewOf(prototype: unknown): string | undefined {
  if (prototype === Buffer.prototype) return NODE_BUFFER
  return VIEWS.find((each) => each.prototype === prototype)?.name
}

function bytesOf(buffer: ArrayBuffer): Uint8Array {
  if (Reflect.get(buffer, 'resizable') === true) throw new Fault('an ArrayBuffer that can be resized')
  return new Uint8Array(buffer)
}

/** Text of a number of any size in time that grows no faster than the number. */
function hexOf(value: bigint): string {
  return value < 0n ? `-${(-value).toString(16)}` : value.toString(16)
}

function indexOrName(key: string): Step {
  return /^\d+$/.test(key) ? Number(key) : key
}
