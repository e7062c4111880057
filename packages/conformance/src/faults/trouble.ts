import type { Awaitable } from '@cachette/core'
import type { ProxyFault } from '../proxy/faults.js'
import type { FaultProxy } from '../proxy/options.js'
import type { Server } from '../servers/local-server.js'

/** Something that happens to a server or to the way to it, may happen again, and what it may do to calls. */
export interface Trouble {
  readonly name: string
  begin(): Awaitable<void>
  /** Settles when the server is back. */
  end(): Awaitable<void>
  /** What calls may fail with meanwhile, as `write UNAVAILABLE yes unknown`: operation, code, retry, outcome. */
  readonly allows: RegExp
  /**
   * What becomes of what was acknowledged. `all`: every answer must be explained by some order of all calls. `some`:
   * any of it may be lost. `unsure`: answers may be older too, or not be what the server said; values must be whole.
   * Default `all`.
   */
  readonly keeps?: 'all' | 'some' | 'unsure' | undefined
}

/** Nothing may fail. */
const NOTHING = /^$/

/** What is lost on its way has happened or not; a read has never changed anything. */
const LOST = /^((read|scan) (UNAVAILABLE|TIMEOUT) yes none|(write|clear) (UNAVAILABLE|TIMEOUT) yes (none|unknown))$/

/** What no longer makes sense is a failure too, also where it looks like a refusal. */
const GARBLED =
  /^((read|scan) (UNAVAILABLE|TIMEOUT|BACKEND|CORRUPT) (yes|no) none|(write|clear) (UNAVAILABLE|TIMEOUT|BACKEND) (yes|no) (none|unknown))$/

/** What a proxy can do to connections, and what it may do to calls. */
const NETWORK: readonly (Pick<Trouble, 'name' | 'allows' | 'keeps'> & { readonly fault: ProxyFault })[] = [
  { name: 'answers come later', fault: { kind: 'delay', ms: 5 }, allows: NOTHING },
  { name: 'answers come too late', fault: { kind: 'delay', ms: 700 }, allows: LOST },
  { name: 'answers do not come', fault: { kind: 'hang' }, allows: LOST },
  { name: 'questions do not arrive', fault: { kind: 'hang', direction: 'request' }, allows: LOST },
  { name: 'connections are cut in place of an answer', fault: { kind: 'cut' }, allows: LOST },
  { name: 'connections are cut within a question', fault: cutAfter(5_000, 'request'), allows: LOST },
  { name: 'connections are cut within an answer', fault: cutAfter(5_001, 'reply'), allows: LOST },
  { name: 'connections are reset within an answer', fault: { kind: 'reset', bytes: 5_001 }, allows: LOST },
  { name: 'connections are half open', fault: { kind: 'halfOpen' }, allows: LOST },
  { name: 'answers are garbled', fault: { kind: 'garble', every: 2_000 }, allows: GARBLED, keeps: 'unsure' },
  { name: 'answers drip', fault: { kind: 'drip', everyMs: 1, bytes: 16 }, allows: LOST },
  { name: 'connections are refused', fault: { kind: 'refuse' }, allows: LOST },
]

function cutAfter(bytes: number, direction: 'request' | 'reply'): ProxyFault {
  return { kind: 'truncate', bytes, direction }
}

/** All that can go wrong between a store and its server, for a store that connects to the proxy. */
export function networkTroubles(proxy: FaultProxy): readonly Trouble[] {
  return NETWORK.map(({ fault, ...trouble }) => ({
    ...trouble,
    begin: () => proxy.fault(fault),
    // A connection that was damaged stays so, as after any such trouble; who has one has to notice.
    end: () => proxy.heal(),
  }))
}

/** What can become of a server's process: it is frozen, or killed and started again. */
export function serverTroubles(
  server: Server & { restart(): Promise<void> },
  keeps: Trouble['keeps'],
): readonly Trouble[] {
  return [
    { name: 'the server is frozen', begin: () => server.pause(), end: () => server.resume(), allows: LOST },
    { name: 'the server is killed', begin: () => server.kill(), end: () => server.restart(), allows: LOST, keeps },
  ]
}
