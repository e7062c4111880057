import type { Bytes, Call, Entry, Found, Header, Marks, Store, Tag, Traits } from '@cachette/core'
import { type MemoryStore, TRAITS } from './adapter.js'
import { type Packed, pack, unpack } from './packed.js'

const COPYING_TRAITS: Traits = { ...TRAITS, values: 'bytes', isolated: true }

const NO_TAGS: readonly Tag[] = Object.freeze([])
const NO_MARKS: Marks = Object.freeze({})

/** Entries are copied on their way in and out, so nobody outside holds what is stored (V3). */
export function copying(store: MemoryStore<Packed>): Store<Bytes> {
  return {
    name: store.name,
    contract: store.contract,
    traits: COPYING_TRAITS,

    read: (keys, call) => store.read(keys).map((entry) => entry && copyOut(entry, call)),

    readOne(key, call) {
      const entry = store.readOne(key)
      return entry && copyOut(entry, call)
    },

    write: (changes, call) =>
      store.write(
        changes.map(({ key, entry, version, when }) => ({ key, entry: entry && copyIn(entry), version, when })),
        call,
      ),

    async *scan(prefix, call) {
      for await (const page of store.scan(prefix)) {
        yield page.map(([key, entry]) => [key, copyOut(entry, call)] as const)
      }
    },

    clear: (prefix) => store.clear(prefix),

    close: () => store.close(),
  }
}

function copyIn(entry: Entry): Entry<Packed> {
  return copy(entry, pack(entry.value))
}

/** Whoever wants headers alone pays for no value. */
function copyOut(entry: Entry<Packed>, { want }: Call): Found {
  return copy(entry, want === 'header' ? undefined : unpack(entry.value))
}

function copy<T>(header: Header, value: T): Header & { readonly value: T } {
  const { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size } = header
  return {
    createdAt,
    staleAt,
    expiresAt,
    keptUntil,
    version: { time: version.time, count: version.count, writer: version.writer },
    kind,
    tags: tags.length === 0 ? NO_TAGS : tags.map((tag) => ({ ...tag })),
    marks: isEmpty(marks) ? NO_MARKS : { ...marks },
    size,
    value,
  }
}

function isEmpty(marks: Marks): boolean {
  for (const _ in marks) return false
  return true
}
