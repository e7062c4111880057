import { type Awaitable, systemClock } from '@cachette/core'
import type { Cluster, Redis } from 'ioredis'
import { translated } from './errors.js'
import type { Nodes } from './nodes.js'
import type { Terms } from './question.js'
import type { Server } from './server.js'
import { LOST } from './wire.js'

export interface GivenNodesOptions {
  readonly source: string
  readonly connectMs: number
  readonly cluster: Cluster
  readonly make: (client: () => Awaitable<Redis>) => Server
}

/** The servers of a cluster's client that belongs to somebody else: it knows who has what, and connects to them. */
export class GivenNodes implements Nodes {
  readonly #options: GivenNodesOptions
  readonly #servers = new Map<string, Server>()

  constructor(options: GivenNodesOptions) {
    this.#options = options
  }

  masterOf(slot: number): Server | undefined {
    const address = this.#options.cluster.slots[slot]?.[0]
    return address === undefined ? undefined : this.#server(address)
  }

  masters(): readonly Server[] {
    const addresses = new Set(this.#options.cluster.slots.flatMap(([master]) => master ?? []))
    return [...addresses].map((address) => this.#server(address))
  }

  at(address: string): Server {
    return this.#server(address)
  }

  moved(): void {
    this.suspect()
  }

  suspect(): void {
    this.#options.cluster.refreshSlotsCache()
  }

  async refresh(terms: Terms): Promise<void> {
    const { source } = this.#options
    try {
      await this.#connected()
    } catch (error) {
      throw translated(error, { operation: terms.operation, source, isSent: false })
    }
  }

  close(): void {
    for (const server of this.#servers.values()) server.link.close()
  }

  #server(address: string): Server {
    let server = this.#servers.get(address)
    if (server === undefined) {
      server = this.#options.make(() => this.#clientAt(address))
      this.#servers.set(address, server)
    }
    return server
  }

  /** It makes a new one for a server that it had lost when it looks again who has what. */
  async #clientAt(address: string): Promise<Redis> {
    const client = this.#found(address)
    if (client !== undefined) return client
    await this.#connected()
    const other = this.#found(address)
    if (other === undefined) throw new Error(LOST)
    return other
  }

  #found(address: string): Redis | undefined {
    const clients = this.#options.cluster.nodes('all')
    return clients.find(({ options, status }) => status !== 'end' && `${options.host}:${options.port}` === address)
  }

  /** Once it has looked anew, within the time for connecting. */
  #connected(): Promise<void> {
    const { cluster, connectMs } = this.#options
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        settle()
        reject(new Error(LOST))
      }
      const succeed = (): void => {
        settle()
        resolve()
      }
      const timer = systemClock.setTimer(connectMs, fail, { background: true })
      const settle = (): void => {
        timer.cancel()
        cluster.off('ready', succeed).off('close', fail).off('end', fail)
      }
      if (cluster.status === 'ready') {
        cluster.refreshSlotsCache((error) => (error === undefined || error === null ? succeed() : fail()))
        return
      }
      cluster.on('ready', succeed).on('close', fail).on('end', fail)
      if (cluster.status === 'wait') cluster.connect().catch(fail)
      if (cluster.status === 'end') fail()
    })
  }
}
