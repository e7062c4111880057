import { createServer, type Server, type Socket } from 'node:net'
import { type Clock, systemClock } from '@cachette/core'
import { freePort, LOOPBACK } from '../servers/ports.js'
import { until } from '../servers/until.js'
import { Connection, type Host } from './connection.js'
import { checkFault, type Direction, type ProxyFault } from './faults.js'
import type { FaultProxy, FaultProxyOptions, ProxyCounts } from './options.js'
import { Phase } from './phase.js'

const LISTENS_WITHIN_MS = 5_000

/** Connections of clients that the system holds for the proxy until it takes them. */
const BACKLOG = 511

export class LocalProxy implements FaultProxy, Host {
  readonly host = LOOPBACK
  readonly seed: number
  readonly clock: Clock
  readonly to: FaultProxyOptions['to']
  readonly #connections = new Set<Connection>()
  readonly #counts = { connections: 0, struck: 0, requestBytes: 0, replyBytes: 0 }
  #listener: Server | undefined
  #port = 0
  #phase: Phase

  constructor({ to, seed, clock = systemClock }: FaultProxyOptions) {
    this.to = to
    this.seed = seed
    this.clock = clock
    this.#phase = new Phase(clock, 0)
  }

  get port(): number {
    return this.#port
  }

  get counts(): ProxyCounts {
    return { ...this.#counts, open: this.#connections.size }
  }

  get phase(): Phase {
    return this.#phase
  }

  async start(): Promise<void> {
    const onFreePort = async (): Promise<true> => {
      this.#port = await freePort()
      await this.#listen()
      return true
    }
    await until('a proxy to listen', onFreePort, { withinMs: LISTENS_WITHIN_MS })
  }

  async fault(given: ProxyFault): Promise<void> {
    const fault = checkFault(given)
    if (fault.kind !== 'refuse') {
      this.#change(fault)
      return this.#listenAgain()
    }
    this.#change()
    await this.#close()
    this.sever('reset')
  }

  async heal(): Promise<void> {
    this.#change()
    return this.#listenAgain()
  }

  sever(how: 'close' | 'reset' = 'close'): void {
    for (const connection of [...this.#connections]) connection[how]()
  }

  async stop(): Promise<void> {
    await this.#close()
    for (const connection of [...this.#connections]) connection.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  count(direction: Direction, bytes: number): void {
    this.#counts[`${direction}Bytes`] += bytes
  }

  struck(): void {
    this.#counts.struck += 1
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection)
  }

  #change(fault?: Exclude<ProxyFault, { readonly kind: 'refuse' }>): void {
    const last = this.#phase
    this.#phase = new Phase(this.clock, last.number + 1, fault)
    last.end()
  }

  /** On the port that clients know. Where it listens already, it goes on. */
  async #listenAgain(): Promise<void> {
    const listen = async (): Promise<true> => {
      await this.#listen()
      return true
    }
    await until(`a proxy to listen on port ${this.#port} again`, listen, { withinMs: LISTENS_WITHIN_MS })
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen({ port: this.#port, host: LOOPBACK, backlog: BACKLOG, exclusive: true }, resolve)
    })
    listener.unref()
    this.#listener = listener
  }

  /** Takes no more connections; those that are open stay. */
  async #close(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    if (listener === undefined) return
    // It says that it is closed only when the last connection is; that nobody listens holds from the next turn on.
    listener.close()
    await new Promise((resolve) => setImmediate(resolve))
  }

  #accept(client: Socket): void {
    this.#connections.add(new Connection(client, this.#counts.connections, this))
    this.#counts.connections += 1
  }
}
