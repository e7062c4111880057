/** What JSON cannot carry, and where. */
export interface Fault {
  readonly got: string
  /** From the value that was handed in: `.users[3].born`. */
  readonly path: string
}

type PlainObject = Readonly<Record<string, unknown>>

/** Deeper values overflow the stack of whoever walks them. */
export const MAX_DEPTH = 1000

/**
 * The first thing in a value that JSON would drop or change. One pass, which allocates next to nothing: the path is
 * put together on the way out, once something has been found. What an accessor gives counts as a value, and what is
 * referred to twice as two.
 */
export function findFault(value: unknown, ancestors: object[] = []): Fault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      if (Object.is(value, -0)) return fault('-0')
      return Number.isFinite(value) ? undefined : fault(String(value))
    case 'object':
      return value === null ? undefined : findInside(value, ancestors)
    default:
      return fault(value === undefined ? 'undefined' : `a ${typeof value}`)
  }
}

function findInside(value: object, ancestors: object[]): Fault | undefined {
  if (ancestors.includes(value)) return fault('a cycle')
  if (ancestors.length === MAX_DEPTH) return fault(`more than ${MAX_DEPTH} levels`)
  if (!isLiteral(value)) return fault(describe(value))
  ancestors.push(value)
  const found = Array.isArray(value) ? findInArray(value, ancestors) : findInRecord(value as PlainObject, ancestors)
  ancestors.pop()
  if (found !== undefined) return found
  return Object.getOwnPropertySymbols(value).length === 0 ? undefined : fault('a symbol as a key')
}

function findInArray(items: readonly unknown[], ancestors: object[]): Fault | undefined {
  for (let index = 0; index < items.length; index += 1) {
    const found = findFault(items[index], ancestors)
    if (found !== undefined) return { got: index in items ? found.got : 'a hole', path: `[${index}]${found.path}` }
  }
  // There are no holes left to make up for a property beside the items.
  return Object.values(items).length === items.length ? undefined : fault('an array with other properties than items')
}

function findInRecord(record: PlainObject, ancestors: object[]): Fault | undefined {
  const keys = Object.keys(record)
  for (const key of keys) {
    const found = findFault(record[key], ancestors)
    if (found !== undefined) return { got: found.got, path: `${step(key)}${found.path}` }
  }
  return Object.getOwnPropertyNames(record).length === keys.length
    ? undefined
    : fault('a property that is not enumerable')
}

/** Whether it is an object or array as literals make them, here or in another realm, and nobody taught those toJSON. */
function isLiteral(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof prototype !== 'object' || prototype === null || 'toJSON' in prototype) return false
  return prototype === Object.prototype || Array.isArray(prototype) || isObjectPrototype(prototype)
}

function isObjectPrototype(value: object): boolean {
  return Object.getPrototypeOf(value) === null && Object.hasOwn(value, 'isPrototypeOf')
}

function describe(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: string } } | null
  if (prototype === null) return 'an object without a prototype'
  return `an instance of ${prototype.constructor?.name || 'an unnamed class'}`
}

function step(key: string): string {
  return /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function fault(got: string): Fault {
  return { got, path: '' }
}

/** Whether a value that was parsed has no more levels than one that was written. */
export function isShallow(value: unknown, levels: number = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  for (const item of items) if (typeof item === 'object' && !isShallow(item, levels - 1)) return false
  return true
}
