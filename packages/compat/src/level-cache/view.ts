import { type Call, isPromise, newCall, SEPARATOR } from '@cachette/core'
import type { Database, Opened } from './database.js'
import type { Settings } from './options.js'
import { keyOf, placeOf, prefixOf } from './places.js'
import type { LevelCache, LevelCacheEntriesOptions, LevelCacheOperation, LevelCacheStats } from './types.js'
import { bytesOf, endOf, putting, valueIn } from './values.js'

/** Of `settings`, the namespace is the view's own. */
export function view<T>(database: Database, settings: Settings): LevelCache<T> {
  const { namespace, defaultTtlMs, clock } = settings
  const prefix = prefixOf(namespace)
  const opened = (): Opened | Promise<Opened> => database.opened ?? database.open()

  const look = async (key: string, want: Call['want']) => {
    const ready = opened()
    const { stack } = isPromise(ready) ? await ready : ready
    const place = placeOf(prefix + key)
    const call = newCall(clock.now(), { want })
    const found =
      stack.readOne === undefined ? (await stack.read([place.key], call))[0] : await stack.readOne(place.key, call)
    if (found === undefined) database.misses += 1
    else database.hits += 1
    return found
  }

  const write = async (operations: readonly LevelCacheOperation<T>[]): Promise<void> => {
    // Before anything else: what is stored is what was given at the call.
    const values = operations.map((operation) => (operation.type === 'del' ? undefined : bytesOf(operation.value)))
    const ready = opened()
    const { stack, nextVersion } = isPromise(ready) ? await ready : ready
    const now = clock.now()
    const changes = operations.map((operation, index) => {
      const endsAt = endOf(operation.type === 'del' ? undefined : (operation.ttlMs ?? defaultTtlMs), now)
      return putting(prefix + operation.key, values[index], endsAt, now, nextVersion())
    })
    if (changes.length > 0) await stack.write(changes, newCall(now))
  }

  return {
    async get(key) {
      const found = await look(key, 'value')
      // What comes out is what went in under the same type, as far as JSON carries it.
      return found === undefined ? undefined : (valueIn(found) as T)
    },
    has: async (key) => (await look(key, 'header')) !== undefined,
    set: (key, value, options) => write([{ type: 'put', key, value, ttlMs: options?.ttlMs }]),
    del: (key) => write([{ type: 'del', key }]),
    batch: (operations) => write(operations),
    entries: (options) => entries<T>(database, settings, options),
    sweepExpired: async () => (await opened()).sweep(),
    getStats: async () => statsOf(await opened(), database, settings),
    withNamespace(name) {
      const whole = [namespace, name].filter(Boolean).join('/')
      return view(database, { ...settings, namespace: whole })
    },
    close: () => database.close(),
  }
}

async function* entries<T>(
  database: Database,
  settings: Settings,
  { limit = Infinity, namespace = settings.namespace }: LevelCacheEntriesOptions = {},
): AsyncGenerator<[key: string, value: T], void, undefined> {
  // LevelDB takes a number below zero for none.
  let left = limit < 0 ? Infinity : limit
  if (left === 0) return
  const prefix = prefixOf(namespace)
  const { stack } = await database.open()
  for await (const page of stack.scan(prefix, newCall(settings.clock.now()))) {
    for (const [key, found] of page) {
      yield [keyOf(key, found).slice(prefix.length), valueIn(found) as T]
      left -= 1
      if (left <= 0) return
    }
  }
}

async function statsOf(opened: Opened, database: Database, { namespace, clock }: Settings): Promise<LevelCacheStats> {
  const now = clock.now()
  const namespaces = new Set<string>()
  let totalEntries = 0
  let expiredEntries = 0
  for await (const page of opened.scanAll(prefixOf(namespace))) {
    for (const [key, { expiresAt }] of page) {
      totalEntries += 1
      if (expiresAt <= now) expiredEntries += 1
      const end = key.indexOf(SEPARATOR)
      if (end > 0) namespaces.add(key.slice(0, end))
    }
  }
  if (namespaces.size === 0 && namespace !== '') namespaces.add(namespace)
  const { hits, misses } = database
  const hitRate = hits + misses === 0 ? 0 : hits / (hits + misses)
  return { totalEntries, expiredEntries, namespaces: [...namespaces], hitRate, hits, misses }
}
