import type { Clock } from '@cachette/core'
import { translated } from './errors.js'
import { SLOTS } from './keys.js'
import type { ServerAddress } from './options.js'
import type { Terms } from './question.js'
import type { Server } from './server.js'

/** The servers of a cluster, and which of them has which slot, as far as it is known here. */
export interface Nodes {
  masterOf(slot: number): Server | undefined
  masters(): readonly Server[]
  /** At an address that one of them gave; it may leave out the host where that is its own. */
  at(address: string, saidBy: Server): Server
  /** A server has said that the slot is there. */
  moved(slot: number, server: Server, terms: Terms): void
  /** Something went wrong, so that what is known may be so no longer. */
  suspect(terms: Terms): void
  /** Learns anew who has what. */
  refresh(terms: Terms): Promise<void>
  close(): void
}

/** Between two looks that nobody waits for. */
const PAUSE_MS = 100

const LOOK_MS = 1_000

export interface OwnNodesOptions {
  readonly source: string
  readonly clock: Clock
  readonly seeds: readonly ServerAddress[]
  readonly make: (address: ServerAddress) => Server
}

/** Servers with connections of their own; they tell themselves who has what. */
export class OwnNodes implements Nodes {
  readonly #options: OwnNodesOptions
  readonly #servers = new Map<string, Server>()
  readonly #addresses = new Map<Server, string>()
  #slots: (Server | undefined)[] = []
  #refreshing: Promise<void> | undefined
  #lookedAt = -Infinity

  constructor(options: OwnNodesOptions) {
    this.#options = options
  }

  masterOf(slot: number): Server | undefined {
    return this.#slots[slot]
  }

  masters(): readonly Server[] {
    return [...new Set(this.#slots)].filter((server) => server !== undefined)
  }

  at(address: string, saidBy: Server): Server {
    const colon = address.lastIndexOf(':')
    const host = address.slice(0, colon)
    return this.#server(host === '' ? this.#hostOf(saidBy) : host, Number(address.slice(colon + 1)))
  }

  moved(slot: number, server: Server, terms: Terms): void {
    this.#slots[slot] = server
    this.suspect(terms)
  }

  suspect(terms: Terms): void {
    const { clock } = this.#options
    if (this.#refreshing !== undefined || clock.now() < this.#lookedAt + PAUSE_MS) return
    // Whoever needs it and does not get it will say so.
    this.refresh(terms).catch(() => undefined)
  }

  refresh(terms: Terms): Promise<void> {
    const { clock } = this.#options
    // Many wait for it, each for as long as he can.
    this.#refreshing ??= this.#look({ operation: terms.operation, until: clock.now() + LOOK_MS }).finally(() => {
      this.#refreshing = undefined
      this.#lookedAt = clock.now()
    })
    return this.#refreshing
  }

  close(): void {
    for (const server of this.#servers.values()) server.link.close()
  }

  /** The first that answers is believed: who knows better says so when it is asked for what it has not. */
  async #look(terms: Terms): Promise<void> {
    const seeds = this.#options.seeds.map(({ host, port }) => this.#server(host, port))
    const known = [...new Set([...this.masters(), ...seeds])]
    try {
      const views = known.map(async (server) => ({ server, view: await server.ask(['CLUSTER', 'SLOTS'], terms) }))
      const { server, view } = await Promise.any(views)
      this.#learn(view, server)
    } catch (error) {
      const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error]
      throw translated(first, { operation: terms.operation, source: this.#options.source, isSent: false })
    }
    this.#forget(new Set([...this.masters(), ...seeds]))
  }

  /** Ranges of slots, each with its master and then the replicas. */
  #learn(view: unknown, saidBy: Server): void {
    const slots: (Server | undefined)[] = []
    for (const range of listIn(view)) {
      const [from, to, master] = listIn(range)
      const [host, port] = listIn(master)
      const server = this.#server(hostIn(host) ?? this.#hostOf(saidBy), Number(port))
      for (let slot = Number(from); slot <= Number(to) && slot < SLOTS; slot += 1) slots[slot] = server
    }
    this.#slots = slots
  }

  /** Servers without slots; what is still under way there is still answered. */
  #forget(needed: ReadonlySet<Server>): void {
    for (const [address, server] of this.#servers) {
      if (needed.has(server)) continue
      this.#servers.delete(address)
      this.#addresses.delete(server)
      server.link.renew()
    }
  }

  #server(host: string, port: number): Server {
    const address = `${host}:${port}`
    let server = this.#servers.get(address)
    if (server === undefined) {
      server = this.#options.make({ host, port })
      this.#servers.set(address, server)
      this.#addresses.set(server, address)
    }
    return server
  }

  #hostOf(server: Server): string {
    const address = this.#addresses.get(server) ?? ''
    return address.slice(0, address.lastIndexOf(':'))
  }
}

function listIn(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : []
}

/** None where a server does not know what others call it. */
function hostIn(host: unknown): string | undefined {
  const text = Buffer.isBuffer(host) ? host.toString() : ''
  return text === '' || text === '?' ? undefined : text
}
