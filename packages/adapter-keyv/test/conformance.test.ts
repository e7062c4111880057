import type { Subject } from '@cachette/conformance'
import { conformance } from '@cachette/conformance/vitest'
import type { Bytes, Store } from '@cachette/core'
import { Keyv as Keyv5 } from 'keyv'
import { Keyv as Keyv6, KeyvMemoryAdapter } from 'keyv6'
import type { KeyvLike, KeyvOptions } from '../src/index.js'
import { keyv } from '../src/index.js'
import { AsyncStore, FakeServer, JsonStore } from './stores.js'

// The stores below go by the time of the machine, and the kit's clock jumps: what they are told is tested by itself.
const COMMON = { expiry: 'none' } as const

/** A subject over stores that keep their entries in the process, where other caches find them again. */
function over(name: string, store: () => KeyvLike, options: Omit<KeyvOptions, 'store'> = {}): Subject {
  const stores = new WeakMap<Store<Bytes>, KeyvLike>()
  const opened = (backing: KeyvLike, clock: KeyvOptions['clock']): Store<Bytes> => {
    const made = keyv({ ...COMMON, ...options, store: backing, clock })
    stores.set(made, backing)
    return made
  }
  return {
    name,
    open: ({ clock }) => opened(store(), clock),
    reopen: (closed, { clock }) => opened(stores.get(closed) ?? store(), clock),
  }
}

conformance(
  over('a Map', () => new Map<string, string>()),
  { runs: 15 },
)
conformance(
  over('a Map of bytes', () => new Map<string, Uint8Array>(), { values: 'bytes' }),
  { runs: 4 },
)
conformance(
  over('a store of JSON that cannot list', () => new JsonStore(), { lives: 'server' }),
  { runs: 15 },
)
conformance(
  over('one that may drop entries', () => new JsonStore(), { evicts: 'any' }),
  { runs: 4 },
)
conformance(
  over('an instance of Keyv 5', () => new Keyv5({ namespace: 'theirs' })),
  { runs: 4 },
)
conformance(
  over('an instance of Keyv 6', () => new Keyv6({ namespace: 'theirs' })),
  { runs: 4 },
)
conformance(
  over('an instance of Keyv 6 over a store of Keyv 5', () => new Keyv6({ store: new AsyncStore() })),
  { runs: 4 },
)
conformance(
  over('a store of Keyv 6', () => new KeyvMemoryAdapter(new Map(), { namespace: 'theirs' })),
  { runs: 4 },
)

const servers = new WeakMap<Store<Bytes>, FakeServer>()
const running = new Set<FakeServer>()
const connect = (server: FakeServer, clock: KeyvOptions['clock']): Store<Bytes> => {
  const store = keyv({ ...COMMON, store: new AsyncStore(server), clock, lives: 'server', shared: true })
  servers.set(store, server)
  running.add(server)
  return store
}
const serverOf = (store: Store<Bytes>): FakeServer => servers.get(store) ?? new FakeServer()

const onServer: Subject = {
  name: 'a store on a server',
  open: ({ clock }) => connect(new FakeServer(), clock),
  reopen: (closed, { clock }) => connect(serverOf(closed), clock),
  crash: (killed, { clock }) => connect(serverOf(killed), clock),
  join: (open, { clock }) => connect(serverOf(open), clock),
  faults: ['refuse', 'silence', 'cut', 'half'],
  breakBackend(fault) {
    for (const server of running) server.fault = fault
  },
  healBackend() {
    for (const server of running) server.heal()
  },
  damage(store, key) {
    const { values } = serverOf(store)
    const name = `cachette:${encodeURIComponent(key).toLowerCase()}`
    for (const [other, value] of values) if (other === name) values.set(other, `${String(value).slice(0, -8)}AAAAAAA=`)
  },
}

conformance(onServer, { runs: 15 })
