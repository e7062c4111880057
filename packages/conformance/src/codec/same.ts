/**
 * Whether two values are the same to anyone who looks at them: prototypes, -0, holes, the order of maps and sets, names
 * and messages of errors, cycles. Accessors, symbols as names and an error's stack are not looked at, nor whether equal
 * parts are one object or two. Without recursion, so that no depth is too deep for it.
 */
export function same(a: unknown, b: unknown): boolean {
  const pairs: Pair[] = [[a, b]]
  const compared = new Map<object, Set<object>>()
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [left, right] = pair
    if (!isObject(left) || !isObject(right)) {
      if (Object.is(left, right)) continue
      return false
    }
    const partners = compared.get(left) ?? new Set()
    if (partners.has(right)) continue
    compared.set(left, partners.add(right))
    if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
    const inside = partsOf(left, right)
    if (inside === undefined) return false
    pairs.push(...inside)
  }
  return true
}

type Pair = readonly [unknown, unknown]

const BOXES = [Number, String, Boolean, BigInt]

/** What must be the same inside two objects of one kind; nothing where they differ at once. */
function partsOf(a: object, b: object): readonly Pair[] | undefined {
  if (a instanceof Date && b instanceof Date) return [[a.getTime(), b.getTime()]]
  if (a instanceof RegExp && b instanceof RegExp) return [[String(a), String(b)]]
  if (a instanceof ArrayBuffer && b instanceof ArrayBuffer) return when(sameBytes(new Uint8Array(a), new Uint8Array(b)))
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return when(sameBytes(bytesOf(a), bytesOf(b)))
  if (BOXES.some((Box) => a instanceof Box)) return [[a.valueOf(), b.valueOf()]]
  if (a instanceof Map && b instanceof Map)
    return joined(items([...a.keys()], [...b.keys()]), items([...a.values()], [...b.values()]))
  if (a instanceof Set && b instanceof Set) return items([...a], [...b])
  if (a instanceof Error && b instanceof Error) {
    const named: Pair[] = [
      [a.name, b.name],
      [a.message, b.message],
      [a.cause, b.cause],
    ]
    return joined(named, properties(a, b))
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return undefined
  return properties(a, b)
}

function when(equal: boolean): readonly Pair[] | undefined {
  return equal ? [] : undefined
}

function joined(a: readonly Pair[] | undefined, b: readonly Pair[] | undefined): readonly Pair[] | undefined {
  return a === undefined || b === undefined ? undefined : [...a, ...b]
}

function items(a: readonly unknown[], b: readonly unknown[]): readonly Pair[] | undefined {
  return a.length === b.length ? a.map((item, index) => [item, b[index]]) : undefined
}

/** Own enumerable ones, by name in any order; a hole is no property. */
function properties(a: object, b: object): readonly Pair[] | undefined {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length || !names.every((name) => Object.hasOwn(b, name))) return undefined
  return names.map((name) => [property(a, name), property(b, name)])
}

function property(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
