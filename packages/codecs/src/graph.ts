/**
 * The graph form: whatever structured clone carries, as a list of nodes that refer to each other by their place in it.
 * Nothing is in it but what every library carries exactly. The first node is the value; each other one is first
 * referred to by one before it. The README is the specification.
 */

/** What stands for a value inside a node: itself, `[place]` of another node, or `[what, text]`. */
export type Slot = string | number | bigint | boolean | null | undefined | readonly [number] | readonly [string, string]

/** Its kind, then what that kind needs. */
export type Node = readonly [kind: Kind, ...parts: Part[]]

export type Part = Slot | Uint8Array

/** Never used again for another kind. */
export const KIND = {
  array: 0,
  object: 1,
  bare: 2,
  map: 3,
  set: 4,
  date: 5,
  regExp: 6,
  error: 7,
  buffer: 8,
  view: 9,
  sparse: 10,
  boxed: 11,
  /** Alone, of a value that is no object. */
  scalar: 12,
} as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/** What a slot of two texts is. */
export const ZERO = 'zero'
export const BIGINT = 'bigint'
export const TEXT = 'text'

interface ErrorKind {
  readonly name: string
  readonly prototype: object
  make(): Error
}

export const ERRORS: readonly ErrorKind[] = [
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Made) => ({
    name: Made.name,
    prototype: Made.prototype,
    make: () => new Made(),
  })),
  { name: 'AggregateError', prototype: AggregateError.prototype, make: () => new AggregateError([]) },
]

/** What errors have without showing it. */
export const HIDDEN_IN_ERRORS: readonly string[] = ['message', 'stack', 'cause', 'errors']

interface ViewClass {
  readonly name: string
  readonly prototype: object
  new (buffer: ArrayBuffer): ArrayBufferView
}

/** Views of bytes but Node's `Buffer`, which is made in another way. */
export const VIEWS: readonly ViewClass[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]
export const NODE_BUFFER = 'Buffer'
