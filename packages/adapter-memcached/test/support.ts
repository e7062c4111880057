import type { Fault, Subject } from '@cachette/conformance'
import type { FaultProxy, ProxyFault } from '@cachette/conformance/proxy'
import type { MemcachedServer } from '@cachette/conformance/servers'
import type { Clock, Store } from '@cachette/core'
import { memcached } from '../src/index.js'
import { Raw } from './raw.js'

/** How many trials one after the other need roots of their own. */
let roots = 0

/** Until a socket has heard that the other end, in this process too, has closed. */
const TURNS = 10

/** Faults of the kit as the proxy knows them. */
const FAULTS: Readonly<Record<Fault, ProxyFault>> = {
  refuse: { kind: 'refuse' },
  silence: { kind: 'hang' },
  cut: { kind: 'cut' },
  half: { kind: 'truncate', bytes: 3 },
  slow: { kind: 'delay', ms: 700 },
  rubbish: { kind: 'garble' },
}

export interface Stand {
  readonly servers: readonly MemcachedServer[]
  /** Every server of it, by a proxy each. */
  readonly proxies: readonly FaultProxy[]
}

/** A subject of the kit: stores on servers that fail as they are told. */
export function subjectOn(name: string, stand: () => Stand): Subject {
  const rootOf = new WeakMap<Store, string>()
  const opened = (root: string, clock: Clock): Store => {
    const servers = stand().proxies.map(({ host, port }) => ({ host, port }))
    const store = memcached({ servers, root, clock })
    rootOf.set(store, root)
    return store
  }
  const again = (store: Store, clock: Clock): Store => opened(rootOf.get(store) ?? '', clock)
  return {
    name,
    open({ clock }) {
      roots += 1
      return opened(`root-${roots}`, clock)
    },
    reopen: (closed, { clock }) => again(closed, clock),
    join: (open, { clock }) => again(open, clock),
    breakBackend: async (fault) => {
      for (const proxy of stand().proxies) await proxy.fault(FAULTS[fault])
    },
    healBackend: async () => {
      for (const proxy of stand().proxies) {
        await proxy.heal()
        proxy.sever()
      }
      for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
    damage: async (store, key) => {
      for (const { host, port } of stand().servers) {
        await using raw = new Raw(host, port, rootOf.get(store))
        await raw.damage(key)
      }
    },
  }
}
