import { memory } from '@cachette/adapter-memory'
import {
  type Bytes,
  CacheError,
  type Call,
  type Change,
  type Entry,
  manualClock,
  newCall,
  type Page,
  type Shell,
  type Store,
  shell,
  type Version,
} from '@cachette/core'

export const NOW = 1_700_000_000_000

export const clock = manualClock(NOW)

const text = new TextEncoder()

export function version(time: number, count = 0, writer = 7): Version {
  return { time, count, writer }
}

/** An entry of an hour, but for what is said otherwise. */
export function entry(value: Bytes | string, other: Partial<Entry> = {}): Entry {
  const bytes = typeof value === 'string' ? text.encode(value) : value
  return {
    createdAt: NOW,
    staleAt: NOW + 60_000,
    expiresAt: NOW + 3_600_000,
    keptUntil: NOW + 3_600_000,
    version: version(NOW),
    kind: 'value',
    tags: [],
    marks: { codec: 'json' },
    size: bytes.byteLength,
    ...other,
    value: bytes,
  }
}

export function all(other: Partial<Call> = {}): Call {
  return { ...newCall(NOW), show: 'all', ...other }
}

export async function put(store: Store, entries: Readonly<Record<string, Entry>>): Promise<void> {
  const changes = Object.entries(entries).map(([key, each]): Change => ({ key, entry: each, version: each.version }))
  await shell(store, { clock }).write(changes, all())
}

/** All that a store holds, by key. */
export async function contents<V>(store: Store<V>): Promise<Readonly<Record<string, unknown>>> {
  const found: (readonly [string, unknown])[] = []
  for await (const page of shell(store, { clock }).scan('', all())) found.push(...page)
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export function copies(): Shell<Bytes> {
  return shell(memory({ copies: true, clock }), { clock })
}

/** The same store, with parts of it in place of its own. */
export function changed<V>(store: Store<V>, parts: Partial<Store<V>>): Store<V> {
  return {
    name: store.name,
    contract: store.contract,
    traits: store.traits,
    read: (keys, call) => store.read(keys, call),
    write: (changes, call) => store.write(changes, call),
    scan: (prefix, call) => store.scan(prefix, call),
    clear: (prefix, call) => store.clear(prefix, call),
    close: () => store.close(),
    ...parts,
  }
}

/** Lists its keys in order, a few at a time. */
export function ordered(pageSize = 3): Store<Bytes> {
  const store = memory({ copies: true, clock })
  return changed(store, {
    traits: { ...store.traits, scan: 'ordered' },
    async *scan(prefix, call) {
      const found: Page[number][] = []
      for await (const page of store.scan(prefix, call)) found.push(...page)
      found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      for (let from = 0; from < found.length; from += pageSize) yield found.slice(from, from + pageSize)
    },
  })
}

export const numbered = (count: number): Record<string, ReturnType<typeof entry>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`key ${String(index).padStart(4, '0')}`, entry(`"${index}"`)]),
  )

/** What the work failed with. */
export async function failure(work: Promise<unknown>): Promise<CacheError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof CacheError) return error
  throw new Error(`expected a CacheError, got ${String(error)}`)
}
