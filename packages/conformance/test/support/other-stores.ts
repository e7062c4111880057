import { CacheError, type Change, decide, type Entry, SEPARATOR, type Store, type StreamVerbs } from '@cachette/core'
import { mapStore } from './map-store.js'

/** A server that knows nothing but keys: no list of them, no conditions, and it may drop what it has no room for. */
export function poorStore(): Store {
  const entries = new Map<string, Entry>()
  const store = mapStore(entries)
  return {
    ...store,
    name: 'poor',
    traits: {
      ...store.traits,
      lives: 'server',
      shared: true,
      scan: 'none',
      conditional: 'none',
      atomicBatch: false,
      evicts: 'any',
      maxValueBytes: 10_000,
      sync: 'none',
    },
    read: async (keys, call) => store.read(keys, call),
    write: async (changes, call) => store.write(changes, call),
    scan: () => {
      throw new Error('there is no list')
    },
    clear: async (prefix, call) => {
      if (prefix !== '' && !prefix.endsWith(SEPARATOR)) throw new CacheError('UNSUPPORTED', 'whole namespaces only')
      return store.clear(prefix, call)
    },
  }
}

/** Keeps the entries that were written last, as many as it has room for. */
export function smallStore(room: number): Store {
  const entries = new Map<string, Entry>()
  const store = mapStore(entries)
  return {
    ...store,
    name: 'small',
    traits: { ...store.traits, evicts: 'beyondCapacity' },
    write(changes, { now }) {
      return changes.map(({ key, entry, ...change }) => {
        const { apply, answer } = decide({ key, entry, ...change }, entries.get(key), now)
        if (!apply) return answer
        entries.delete(key)
        if (entry !== undefined) entries.set(key, { ...entry, value: entry.value.slice() })
        for (const oldest of entries.keys()) if (entries.size > room) entries.delete(oldest)
        return answer
      })
    },
  }
}

/** Also writes and reads values in pieces. `keepsTorn`: what came of a body that failed is kept. */
export function streamingStore({ keepsTorn = false } = {}): Store {
  const entries = new Map<string, Entry>()
  const store = mapStore(entries)
  const streams: StreamVerbs = {
    read(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      const { value, ...header } = entry
      return { header, body: new Blob([value.slice()]).stream() }
    },
    async write({ key, header, when }, body, { now }) {
      const value = await gathered(body, keepsTorn)
      const entry = { ...header, value, size: value.length }
      const { apply, answer } = decide({ key, entry, version: header.version, when }, entries.get(key), now)
      if (apply) entries.set(key, entry)
      return answer
    },
  }
  return { ...store, name: 'streaming', traits: { ...store.traits, streams: true }, streams }
}

async function gathered(body: ReadableStream<Uint8Array>, keepsTorn: boolean): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of body) pieces.push(piece)
  } catch (error) {
    if (!keepsTorn) throw error
  }
  return new Uint8Array(await new Blob(pieces.map((piece) => piece.slice())).arrayBuffer())
}

/** Values of any kind: as they are, or as structured copies. Single keys are also read without a batch. */
export function anyStore({ isolated = false } = {}): Store<unknown> {
  const entries = new Map<string, Entry<unknown>>()
  const copied = (entry: Entry<unknown>): Entry<unknown> => (isolated ? structuredClone(entry) : entry)
  const readOne = (key: string): Entry<unknown> | undefined => {
    const entry = entries.get(key)
    return entry && copied(entry)
  }
  const { traits, ...store } = mapStore(entries as Map<string, Entry>)
  return {
    ...store,
    name: 'any',
    traits: { ...traits, values: 'any', isolated },
    read: (keys) => keys.map(readOne),
    readOne,
    write: (changes: readonly Change<unknown>[], { now }) =>
      changes.map((change) => {
        const { apply, answer } = decide(change, entries.get(change.key), now)
        if (apply && change.entry !== undefined) entries.set(change.key, copied(change.entry))
        else if (apply) entries.delete(change.key)
        return answer
      }),
    async *scan(prefix) {
      for (const [key, entry] of [...entries]) if (key.startsWith(prefix)) yield [[key, copied(entry)]]
    },
  }
}
