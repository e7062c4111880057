import { type Call, type Change, type Clock, type Entry, newCall, type Store, versions } from '@cachette/core'

/** Kept until its time, or for ever. */
export interface Lifetime {
  readonly ttlMs?: number
  /** How much longer it is kept than there. */
  readonly graceMs?: number
}

/** A store at work: puts and removes at the clock's time, and tells what the store holds, expired or not. */
export function using<V>(store: Store<V>, clock: Clock) {
  const made = versions(clock, 1)
  const call = (options?: Parameters<typeof newCall>[1]): Call => newCall(clock.now(), options)
  const put = (key: string, value: V, lifetime?: Lifetime): Change<V> => {
    const entry = entryOf(value, clock.now(), made.next(), lifetime)
    return { key, entry, version: entry.version, when: undefined }
  }
  return {
    call,
    put,
    set: (key: string, value: V, lifetime?: Lifetime) => store.write([put(key, value, lifetime)], call()),
    remove: (key: string) => store.write([{ key, entry: undefined, version: made.next(), when: undefined }], call()),
    get: async (key: string, options?: Parameters<typeof newCall>[1]) => (await store.read([key], call(options)))[0],
    async held(prefix = ''): Promise<readonly string[]> {
      const keys: string[] = []
      for await (const page of store.scan(prefix, call())) keys.push(...page.map(([key]) => key))
      return keys
    },
  }
}

function entryOf<V>(value: V, now: number, version: Entry['version'], lifetime: Lifetime = {}): Entry<V> {
  const { ttlMs = Infinity, graceMs = 0 } = lifetime
  return {
    createdAt: now,
    staleAt: now + ttlMs,
    expiresAt: now + ttlMs,
    keptUntil: now + ttlMs + graceMs,
    version,
    kind: 'value',
    tags: [],
    marks: {},
    size: 0,
    value,
  }
}
