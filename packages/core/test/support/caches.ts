import { afterEach, beforeEach, expect } from 'vitest'
import { createCache } from '../../src/cache/create.js'
import type { ByteCacheOptions } from '../../src/cache/options.js'
import type { Cache } from '../../src/cache/types.js'
import { type ManualClock, manualClock } from '../../src/clock.js'
import type { Traits } from '../../src/contract.js'
import type { CacheError } from '../../src/errors.js'
import type { CacheEventName, CacheEvents } from '../../src/told.js'
import { deferred, turns } from './deferred.js'
import { NOW } from './entries.js'
import { Client, Server } from './server.js'
import { TestStore } from './test-store.js'

/** Fails a test after which a rejection is left that nobody handles. */
export function refuseUnhandled(): void {
  let unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  beforeEach(() => {
    unhandled = []
    process.on('unhandledRejection', note)
  })
  afterEach(async () => {
    await turns()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
}

/** What a test says of its cache beyond its store and clock. */
export type Settings<V> = Omit<ByteCacheOptions<V>, 'store' | 'clock'>

export interface Process<V> {
  readonly cache: Cache<V>
  readonly store: Client
  readonly clock: ManualClock
  /** What the cache has reported as failed. */
  readonly failures: CacheError[]
  /** How each of its loads ended. */
  readonly loads: string[]
}

export interface Place {
  readonly clock?: ManualClock
  readonly traits?: Partial<Traits>
  readonly name?: string
}

/** A process: a cache of its own over a connection to the server. Settles of the connection are up to the test. */
export function processOf<V = unknown>(
  server: Server = new Server(),
  settings: Settings<V> = {},
  { clock = manualClock(NOW), traits = {}, name = 'a process' }: Place = {},
): Process<V> {
  const store = new Client(server, traits, name)
  const cache = createCache<V>({ ...settings, store, clock })
  const failures: CacheError[] = []
  const loads: string[] = []
  cache.on('failure', ({ error }) => failures.push(error))
  cache.on('load', ({ outcome }) => loads.push(outcome))
  return { cache, store, clock, failures, loads }
}

/** A cache by reference over a map that answers at once. */
export function mapped<V = unknown>(settings: Partial<Traits> & { clock?: ManualClock } = {}) {
  const { clock = manualClock(NOW), ...traits } = settings
  const store = new TestStore<V>(traits)
  return { clock, store, cache: createCache<V>({ store, clock }) }
}

/** All events of these names, in order. */
export function heard<N extends CacheEventName>(
  cache: Pick<Cache<unknown>, 'on'>,
  ...names: readonly N[]
): CacheEvents[N][] {
  const events: CacheEvents[N][] = []
  for (const name of names) cache.on(name, (event) => events.push(event))
  return events
}

/** Lets time pass in steps, with everything done that falls due in each. */
export async function pass(clock: ManualClock, byMs: number, stepMs = 50): Promise<void> {
  for (let left = byMs; left > 0; left -= stepMs) {
    clock.advance(Math.min(stepMs, left))
    await turns()
  }
}

/** Two processes over one server, on one clock. */
export function twoProcesses<V>(settings: Settings<V> = {}) {
  const server = new Server()
  const a = processOf<V>(server, settings, { name: 'a' })
  const b = processOf<V>(server, settings, { clock: a.clock, name: 'b' })
  return { server, a, b, clock: a.clock }
}

/** The same, with the key `k` being loaded by the first until the test gives its value. */
export async function oneLoading(settings: Settings<string> = {}) {
  const world = twoProcesses<string>(settings)
  const source = deferred<string>()
  const first = world.a.cache.getOrSet('k', () => source.promise)
  await turns()
  return { ...world, source, first }
}
