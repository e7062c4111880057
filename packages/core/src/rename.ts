import { recover } from './awaitable.js'
import type { Call, Page, Store } from './contract.js'
import { CacheError, isCacheError, restated, unsupported } from './errors.js'
import { checkStoreKey, isBoundary, namespaceOf } from './keys.js'
import type { AnyLayer, Host, LayerFacts, Verbs } from './layer.js'
import { LAYER_RULES } from './layer-rules.js'
import { checkOptions, FUNCTION, type Rules, shown } from './options.js'
import type { Versions } from './versions.js'

export interface Renaming extends LayerFacts {
  /** The last segment of a key as the store below knows it: another for each, and never with U+241F. */
  map(this: void, segment: string): string
  /** The way back. Without it the layer cannot list keys, and `scan` becomes `none`. */
  unmap?: ((this: void, segment: string) => string) | undefined
}

const RULES: Rules<Renaming> = /* @__PURE__ */ Object.assign({}, LAYER_RULES, { map: FUNCTION, unmap: FUNCTION })

/** A layer that stores keys under other names. Namespaces stay as they are, so that they can still be cleared. */
export function keys(options: Renaming): AnyLayer {
  const { name, needs, place, changes, state, map, unmap } = checkOptions('keys', options, RULES, ['name', 'map'])
  // The store below sees the new name alone, which may be a good one for a key that is none.
  const down = (key: string): string => {
    checkStoreKey(key)
    return renamed(key, map)
  }
  return {
    name,
    needs,
    place,
    changes,
    state,
    renames: true,
    wrap<V>(next: Store<V>, host: Host): Verbs<V> {
      const scanned = unmap === undefined ? undefined : (key: string) => renamed(key, unmap)
      return {
        traits: { ...next.traits, scan: scanned === undefined || next.traits.scan === 'none' ? 'none' : 'unordered' },
        read: (names, call) =>
          recover(
            () => next.read(names.map(down), call),
            (error) => fail(error, names, down),
          ),
        write: (writes, call) =>
          recover(
            () =>
              next.write(
                writes.map((change) => ({ ...change, key: down(change.key) })),
                call,
              ),
            (error) =>
              fail(
                error,
                writes.map((change) => change.key),
                down,
              ),
          ),
        scan(prefix, call) {
          if (scanned === undefined) throw unsupported('scan', name, 'it keeps no way back to the names')
          return pages(next, prefix, call, scanned)
        },
        clear(prefix, call) {
          if (isBoundary(prefix)) return next.clear(prefix, call)
          if (scanned === undefined || next.traits.scan === 'none') {
            throw unsupported('clear', name, 'it can only clear whole namespaces, since it cannot list the names')
          }
          return clearListed(next, prefix, call, scanned, host.versions)
        },
        ...(next.streams === undefined ? {} : { streams: renamedStreams(next.streams, down) }),
      }
    },
  }
}

function renamed(key: string, rename: (segment: string) => string): string {
  const namespace = namespaceOf(key)
  const other: unknown = rename(key.slice(namespace.length))
  if (typeof other === 'string') return namespace + other
  throw new CacheError('INVALID_KEY', `expected the other name of a key to be a string, got ${shown(other)}`)
}

/** Fails with the error as it is, but for the names of the keys that it speaks of. */
function fail(error: unknown, names: readonly string[], down: (key: string) => string): never {
  if (!isCacheError(error) || error.outcomes === undefined) throw error
  const up = new Map(names.map((name) => [down(name), name]))
  const outcomes = error.outcomes.map((outcome) => ({ ...outcome, key: up.get(outcome.key) ?? outcome.key }))
  throw restated(error, { outcomes })
}

function renamedStreams(streams: NonNullable<Store['streams']>, down: (key: string) => string): Store['streams'] {
  return {
    read: (key, call) => streams.read(down(key), call),
    write: (change, body, call) => streams.write({ ...change, key: down(change.key) }, body, call),
  }
}

/** Names below say nothing of where a prefix ends inside the last segment: the whole namespace is looked through. */
async function* pages<V>(
  next: Store<V>,
  prefix: string,
  call: Call,
  up: (key: string) => string,
): AsyncIterable<Page<V>> {
  for await (const page of next.scan(namespaceOf(prefix), call)) {
    const named = page.map(([key, found]) => [up(key), found] as const).filter(([key]) => key.startsWith(prefix))
    if (named.length > 0) yield named
  }
}

/** Removes what is listed, whatever its kind. The names are under the barrier of this clear, so none is added. */
async function clearListed<V>(
  next: Store<V>,
  prefix: string,
  call: Call,
  up: (key: string) => string,
  versions: Versions,
): Promise<void> {
  const everything: Call = { ...call, want: 'header', show: 'all' }
  let begun = false
  try {
    for await (const page of next.scan(namespaceOf(prefix), everything)) {
      const removals = page
        .filter(([key]) => up(key).startsWith(prefix))
        .map(([key]) => ({ key, entry: undefined, version: versions.next() }))
      if (removals.length === 0) continue
      await next.write(removals, call)
      begun = true
    }
  } catch (error) {
    throw begun && isCacheError(error) ? restated(error, { outcome: 'unknown' }) : error
  }
}
