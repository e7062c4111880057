import { type Call, type Change, decide, type Entry, type Page, type Store, type Traits } from '@cachette/core'

const TRAITS: Traits = {
  values: 'bytes',
  lives: 'process',
  shared: false,
  scan: 'unordered',
  conditional: 'process',
  atomicBatch: true,
  evicts: 'no',
  maxValueBytes: 1_048_576,
  sync: 'all',
  isolated: true,
  streams: false,
}

/** The whole of an adapter, in the plainest words: a map, and copies of what goes in and out. */
export function mapStore(entries = new Map<string, Entry>()): Store {
  const copy = (entry: Entry): Entry => ({ ...entry, value: entry.value.slice() })

  const change = (one: Change, now: number): boolean => {
    const verdict = decide(one, entries.get(one.key), now)
    if (!verdict.apply) return verdict.answer
    if (one.entry === undefined) entries.delete(one.key)
    else entries.set(one.key, copy(one.entry))
    return verdict.answer
  }

  return {
    name: 'map',
    contract: 1,
    traits: TRAITS,
    read(keys) {
      return keys.map((key) => {
        const entry = entries.get(key)
        return entry && copy(entry)
      })
    },
    write(changes: readonly Change[], call: Call) {
      return changes.map((one) => change(one, call.now))
    },
    async *scan(prefix: string): AsyncIterable<Page> {
      for (const key of [...entries.keys()]) {
        const entry = entries.get(key)
        if (entry !== undefined && key.startsWith(prefix)) yield [[key, copy(entry)]]
      }
    },
    clear(prefix) {
      for (const key of [...entries.keys()]) if (key.startsWith(prefix)) entries.delete(key)
    },
    close() {
      entries.clear()
    },
  }
}
