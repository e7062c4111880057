import type { Bytes, Call, Entry, Found, Header, Marks, Store, Tag, Traits, Version } from '@cachette/core'
import { type MemoryStore, TRAITS } from './adapter.js'
import { type Packed, pack, unpack } from './packed.js'

const COPYING_TRAITS: Traits = { ...TRAITS, values: 'bytes', isolated: true }

const NO_TAGS: readonly Tag[] = Object.freeze([])

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

/** What an entry shares with all that are read of it is frozen here, once, so that reads need not copy it. */
function copyIn(entry: Entry): Entry<Packed> {
  const { version, tags, marks } = entry
  return headed(
    entry,
    Object.freeze({ time: version.time, count: version.count, writer: version.writer }),
    tags.length === 0 ? NO_TAGS : Object.freeze(tags.map((tag) => Object.freeze({ ...tag }))),
    Object.isFrozen(marks) ? marks : Object.freeze({ ...marks }),
    pack(entry.value),
  )
}

/** Whoever wants headers alone pays for no value. */
function copyOut(entry: Entry<Packed>, { want }: Call): Found {
  return headed(entry, entry.version, entry.tags, entry.marks, want === 'header' ? undefined : unpack(entry.value))
}

function headed<T>(
  header: Header,
  version: Version,
  tags: readonly Tag[],
  marks: Marks,
  value: T,
): Header & { readonly value: T } {
  const { createdAt, staleAt, expiresAt, keptUntil, kind, size } = header
  return { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size, value }
}
