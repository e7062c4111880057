import { MAX_DEPTH } from './refusal.js'

/** `maps`: one by one; `records`: objects of one shape over and over, whose names are worth writing only once. */
export type Layout = 'maps' | 'records'

/** What a library carries exactly by itself, beside what all of them do. */
export interface Natives {
  readonly dates: boolean
}

/** So many objects in arrays make records smaller and quicker than maps. */
const MANY_OBJECTS = 3

/** Up to here, looking through a list is quicker than asking a set. */
const SHORT_LIST = 12

/**
 * Whether a library carries a value exactly by itself, and how best; `undefined` for all that needs the graph form: -0,
 * holes, cycles, what is referred to twice, every class but the plainest, names that libraries take for their own.
 * Nothing is refused here: what is not plain is looked at again, by those who know the path to it.
 */
export function survey(value: unknown, natives: Natives): Layout | undefined {
  const state: Survey = { natives, seen: [], known: undefined, inArrays: 0 }
  if (!isPlain(value, state, 0)) return undefined
  return state.inArrays >= MANY_OBJECTS ? 'records' : 'maps'
}

interface Survey {
  readonly natives: Natives
  readonly seen: object[]
  known: Set<object> | undefined
  inArrays: number
}

function isPlain(value: unknown, state: Survey, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      return isPlainText(value)
    case 'number':
      return value !== 0 || 1 / value > 0
    case 'object':
      return value === null || isPlainObject(value, state, depth)
    case 'boolean':
    case 'undefined':
      return true
    case 'bigint':
      return BigInt.asIntN(64, value) === value
    default:
      return false
  }
}

function isPlainObject(value: object, state: Survey, depth: number): boolean {
  if (depth === MAX_DEPTH || isKnown(value, state)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return isPlainRecord(value as Readonly<Record<string, unknown>>, state, depth)
  if (prototype === Array.prototype) return Array.isArray(value) && isPlainArray(value, state, depth)
  if (prototype === Date.prototype) return state.natives.dates && Reflect.ownKeys(value).length === 0
  return prototype === Uint8Array.prototype
}

function isPlainRecord(record: Readonly<Record<string, unknown>>, state: Survey, depth: number): boolean {
  // Libraries tell objects by it.
  if (record['constructor'] !== Object) return false
  const keys = Object.keys(record)
  for (const key of keys) {
    if (isReserved(key) || !isPlainText(key) || !isPlain(record[key], state, depth + 1)) return false
  }
  return Object.getOwnPropertyNames(record).length === keys.length && hasNoSymbols(record)
}

function isPlainArray(items: readonly unknown[], state: Survey, depth: number): boolean {
  let objects = 0
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index]
    if (item === undefined && !(index in items)) return false
    if (!isPlain(item, state, depth + 1)) return false
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) objects += 1
  }
  state.inArrays += objects
  return Object.values(items).length === items.length && hasNoSymbols(items)
}

function hasNoSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length === 0
}

/** Whether it has been come across before: then it is a cycle, or referred to twice. */
function isKnown(value: object, state: Survey): boolean {
  const { seen, known } = state
  if (known !== undefined) return known.size === known.add(value).size
  if (seen.includes(value)) return true
  seen.push(value)
  if (seen.length > SHORT_LIST) state.known = new Set(seen)
  return false
}

/** What comes back as it was. Without their native parts, libraries drop a byte order mark before a long text. */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== 0xfeff
}

/** Names that msgpackr uses itself, and the one that would reach a prototype. */
function isReserved(key: string): boolean {
  return key.charCodeAt(0) === 0x5f && (key === '__proto__' || key === '__keys__')
}
