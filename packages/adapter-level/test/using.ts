import {
  type Bytes,
  type Call,
  type Change,
  type Clock,
  type Entry,
  newCall,
  type Store,
  versions,
} from '@cachette/core'

/** A store at work, by the clock's time. */
export function using(store: Store<Bytes>, clock: Clock) {
  const made = versions(clock, 1)
  const call = (options?: Parameters<typeof newCall>[1]): Call => newCall(clock.now(), options)
  const put = (key: string, text: string, ttlMs = Infinity, when?: Change['when']): Change => {
    const entry = entryOf(Buffer.from(text), clock.now() + ttlMs, clock.now(), made.next())
    return { key, entry, version: entry.version, when }
  }
  const removal = (key: string, when?: Change['when']): Change => ({
    key,
    entry: undefined,
    version: made.next(),
    when,
  })
  return {
    call,
    put,
    removal,
    write: async (changes: readonly Change[]) => store.write(changes, call()),
    set: async (key: string, text: string, ttlMs?: number) => store.write([put(key, text, ttlMs)], call()),
    clear: async (prefix: string) => store.clear(prefix, call()),
    close: async () => store.close(),
    async get(key: string): Promise<string | undefined> {
      const [found] = await store.read([key], call())
      return found?.value && Buffer.from(found.value).toString()
    },
    async keys(prefix = ''): Promise<readonly string[]> {
      const keys: string[] = []
      for await (const page of store.scan(prefix, call())) keys.push(...page.map(([key]) => key))
      return keys
    },
  }
}

function entryOf(value: Bytes, until: number, now: number, version: Entry['version']): Entry {
  const times = { createdAt: now, staleAt: until, expiresAt: until, keptUntil: until }
  return { ...times, version, kind: 'value', tags: [], marks: {}, size: value.length, value }
}
