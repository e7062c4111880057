import {
  type Awaitable,
  andThen,
  type Call,
  type Found,
  type Host,
  hide,
  isCacheError,
  type Page,
  type Store,
  toCacheError,
  type Verbs,
} from '@cachette/core'
import type { Validator } from './validator.js'

interface When {
  onRead(): boolean
  onWrite(): boolean
}

/** The schema before a store that takes values as they are. What does not fit is hidden from every verb. */
export function validating<V>(validator: Validator<V>, when: When, next: Store<V>, host: Host): Verbs<V> {
  /** What the schema made of what has been found, until it is given on. */
  const made = new WeakMap<object, V>()

  const misfits = (key: string, found: Found<unknown>, call: Call): boolean => {
    try {
      made.set(found, validator.read(found.value))
      return false
    } catch (error) {
      if (!isCacheError(error) || error.code !== 'CORRUPT') throw error
      if (call.want !== 'header') reclaim(key, found, call, error)
      return true
    }
  }
  const reclaim = (key: string, found: Found<unknown>, call: Call, error: unknown): void => {
    host.report({ type: 'damage', id: call.id, key, source: 'schema', error: toCacheError(error) })
    if (next.traits.conditional === 'none') return
    const removal = { key, entry: undefined, version: host.versions.next(), when: { version: found.version } }
    // In the call's own turn, so that what it does next finds the key free.
    const removed = async (): Promise<unknown> => next.write([removal], { ...call, signal: undefined })
    host.background(removed())
  }
  const hiding = hide({
    name: 'schema',
    hidden(key, found, call): Awaitable<boolean> {
      if (!when.onRead() || found.kind !== 'value') return false
      if (call.want !== 'header') return misfits(key, found, call)
      // Headers say nothing of values: those are looked at, but where a misfit is an error, by those alone who want them.
      if (!validator.hidesMisfits) return false
      const look: Call = { ...call, want: 'value' }
      return andThen(next.read([key], look), ([whole]) => whole !== undefined && misfits(key, whole, call))
    },
  })
  const hidden = hiding.wrap(next, host)
  const { read = next.read, scan = next.scan, write = next.write } = hidden

  const opened = (found: Found<V>, call: Call): Found<V> => {
    const isWhole = call.want !== 'header' && call.show !== 'all' && found.kind === 'value'
    if (!isWhole || !when.onRead()) return found
    // Made once already, but for a key that was asked for twice.
    const value = made.has(found) ? made.get(found) : validator.read(found.value)
    made.delete(found)
    return value === found.value ? found : { ...found, value }
  }
  return {
    ...hidden,
    read: (keys, call) => andThen(read(keys, call), (found) => found.map((entry) => entry && opened(entry, call))),
    write(changes, call) {
      if (when.onWrite()) {
        for (const { entry } of changes) if (entry?.kind === 'value') validator.check(entry.value)
      }
      return write(changes, call)
    },
    scan: (prefix, call) => pages(scan(prefix, call), (entry) => opened(entry, call)),
  }
}

async function* pages<V>(source: AsyncIterable<Page<V>>, open: (found: Found<V>) => Found<V>): AsyncIterable<Page<V>> {
  for await (const page of source) yield page.map(([key, found]) => [key, open(found)] as const)
}
