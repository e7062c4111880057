import type { Fault, Subject } from '@cachette/conformance'
import type { FaultProxy, ProxyFault } from '@cachette/conformance/proxy'
import { type Clock, SEPARATOR, type Store } from '@cachette/core'

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
  /** Opens a store on it. */
  readonly open: (root: string, clock: Clock) => Store
  /** Every server of it, by a proxy each. */
  readonly proxies: readonly FaultProxy[]
  /** A command past all proxies, to whoever has the name. */
  command(name: string, ...command: readonly string[]): Promise<unknown>
  /** Forgets everything. */
  empty(): Promise<void>
}

/** A subject of the kit: stores on servers that fail as they are told. */
export function subjectOn(name: string, stand: () => Stand): Subject {
  const rootOf = new WeakMap<Store, string>()
  const opened = (root: string, clock: Clock): Store => {
    const store = stand().open(root, clock)
    rootOf.set(store, root)
    return store
  }
  const again = (store: Store, clock: Clock): Store => opened(rootOf.get(store) ?? '', clock)
  const nameOf = (store: Store, key: string): string => `${rootOf.get(store)}${SEPARATOR}${key}`
  return {
    name,
    async open({ clock }) {
      await stand().empty()
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
      const at = nameOf(store, key)
      await stand().command(at, 'SETRANGE', at, '90', 'damage')
    },
  }
}

/** Against rubbish only the store's own connections are fenced: in a client that is handed in, ioredis is on its own. */
export const isFenced = (fault: Fault): boolean => fault !== 'rubbish'
