import { CacheError } from '@cachette/core'

/** What stores of Keyv 5 and 6, `Map`s and instances of Keyv have in common. */
export interface KeyvLike {
  get(key: string): unknown
  set(key: string, value: unknown, expiry?: unknown): unknown
  delete(key: string): unknown
}

type Listener = (error: unknown) => void

/** What some of them have besides. */
interface Extras {
  readonly namespace?: unknown
  readonly capabilities?: { readonly expires?: unknown } | undefined
  iterator?(namespace?: unknown): AsyncIterable<unknown>
  entries?(): Iterable<unknown>
  on?(event: 'error', listener: Listener): unknown
  off?(event: 'error', listener: Listener): unknown
}

/** A store as it is asked: what it has was looked for once. */
export interface Backing {
  readonly store: KeyvLike & Extras
  readonly lists: boolean
  /** It takes the time of an entry's end, as stores made for Keyv 6 do, which say so. */
  readonly takesExpires: boolean
}

export function isBacking(value: unknown): value is KeyvLike & Extras {
  return isObject(value) && ['get', 'set', 'delete'].every((name) => isMethod(value, name))
}

/** The store that was handed over, or that of the instance which was. */
export function backingOf(given: KeyvLike): Backing {
  const store = storeIn(given)
  return {
    store,
    lists: isMethod(store, 'iterator') || isMethod(store, 'entries'),
    takesExpires: store.capabilities?.expires === true,
  }
}

/** An instance turns failures into misses, and keys into others: only its store can be held to the laws. */
function storeIn(given: KeyvLike): KeyvLike & Extras {
  if (!(isMethod(given, 'getRaw') && 'store' in given && isBacking(given.store))) return given
  for (const name of ['compression', 'encryption']) {
    if (!(name in given) || given[name as keyof KeyvLike] === undefined) continue
    throw new CacheError(
      'INVALID_OPTION',
      `keyv: expected an instance without ${name}, which would be passed over; hand over its store, and use the layer ${name}()`,
    )
  }
  return given.store
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isMethod(owner: object, name: string): boolean {
  return name in owner && typeof owner[name as keyof typeof owner] === 'function'
}
