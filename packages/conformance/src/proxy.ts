/** Faults of the network, between a client and a real server. */

import { checkOptions, RULES, type Rule } from '@cachette/core'
import type { FaultProxy, FaultProxyOptions } from './proxy/options.js'
import { LocalProxy } from './proxy/proxy.js'

export type { Direction, ProxyFault, StrikingFault } from './proxy/faults.js'
export type { FaultProxy, FaultProxyOptions, ProxyCounts } from './proxy/options.js'

const WHOLE_NUMBER: Rule = { expected: 'a whole number', accepts: (value) => Number.isInteger(value) }

/** Starts a proxy on a free port of 127.0.0.1. It passes everything on until it is told otherwise. */
export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  checkOptions('faultProxy', options, { to: RULES.object, seed: WHOLE_NUMBER, clock: RULES.object })
  const { host, port } = options.to // of a server, that is all that is needed
  checkOptions('faultProxy to', { host, port }, { host: RULES.text, port: RULES.positiveInteger })
  const proxy = new LocalProxy({ ...options, to: { host, port } })
  await proxy.start()
  return proxy
}
