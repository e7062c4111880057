import { isDeepStrictEqual } from 'node:util'
import type { Fault, Subject, Values } from '@cachette/conformance'
import { type FaultProxy, faultProxy, type ProxyFault } from '@cachette/conformance/proxy'
import { type RedisServer, redisServer } from '@cachette/conformance/servers'
import type { Clock, Store } from '@cachette/core'
import fc from 'fast-check'

/** Values that JSON carries exactly. */
export const JSON_VALUES: Values = {
  arbitrary: fc.jsonValue({ maxDepth: 2 }).map((value): unknown => JSON.parse(JSON.stringify(value))),
  equal: isDeepStrictEqual,
}

/** Until a socket has heard that the other end, in this process too, has closed. */
const TURNS = 10

/** Faults of the kit as the proxy knows them. */
export const FAULTS: Readonly<Record<Fault, ProxyFault>> = {
  refuse: { kind: 'refuse' },
  silence: { kind: 'hang' },
  cut: { kind: 'cut' },
  half: { kind: 'truncate', bytes: 3 },
  slow: { kind: 'delay', ms: 700 },
  rubbish: { kind: 'garble' },
}

export async function healed(proxy: FaultProxy): Promise<void> {
  await proxy.heal()
  proxy.sever()
  for (let turn = 0; turn < TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A server behind a proxy that fails as it is told. */
export interface Backend {
  readonly server: RedisServer
  readonly proxy: FaultProxy
}

export async function startBackend(): Promise<Backend> {
  const server = await redisServer()
  return { server, proxy: await faultProxy({ to: { host: '127.0.0.1', port: server.port }, seed: 1 }) }
}

export async function stopBackend({ server, proxy }: Backend): Promise<void> {
  await proxy.stop()
  await server.stop()
}

/** How a subject opens its store: over a connection, under a root of its own. */
export type Open<V> = (on: {
  readonly connection: { readonly host: string; readonly port: number }
  readonly root: string
  readonly clock: Clock
}) => Store<V>

let roots = 0

/** A subject of the kit on a backend that is started later. */
export function subjectOn<V>(name: string, backend: () => Backend, open: Open<V>): Subject<V> {
  const rootOf = new WeakMap<Store<V>, string>()
  const opened = (root: string, clock: Clock): Store<V> => {
    const { host, port } = backend().proxy
    const store = open({ connection: { host, port }, root, clock })
    rootOf.set(store, root)
    return store
  }
  const again = (store: Store<V>, clock: Clock): Store<V> => opened(rootOf.get(store) ?? '', clock)
  return {
    name,
    open: async ({ clock }) => {
      await backend().server.command('FLUSHALL')
      roots += 1
      return opened(`root-${roots}`, clock)
    },
    reopen: (closed, { clock }) => again(closed, clock),
    breakBackend: (fault) => backend().proxy.fault(FAULTS[fault]),
    healBackend: () => healed(backend().proxy),
  }
}
