import { connect } from 'node:net'
import { type Awaitable, type Clock, systemClock } from '@cachette/core'
import type { Address, Login } from './options.js'
import { type Request, request } from './protocol.js'
import { Lost, Wire } from './wire.js'

/** A first failure says little of the next attempt, so these follow at once; then each waits twice as long. */
const EAGER_ATTEMPTS = 3
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 500

export interface LinkOptions {
  readonly address: Address
  readonly login: Login | undefined
  /** Of deadlines, and of the pauses between attempts. */
  readonly clock: Clock
  /** Of the system's time, whatever the clock says: so long do servers take. */
  readonly connectMs: number
  readonly maxReplyBytes: number
}

/**
 * The way to one server, over one connection at a time. It connects when it is asked to and has none. Many calls share
 * one attempt; after some failures in a row calls fail at once until the next attempt is due.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #wires = new Set<Wire>()
  #current: { readonly wire: Wire; readonly servedBefore: number } | undefined
  #opening: Promise<Wire> | undefined
  #failures = 0
  #notBefore = 0
  #lastFailure: unknown
  #isClosed = false

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** The connection, at once where there is one. Fails with what the server or the system said. */
  open(): Awaitable<Wire> {
    if (this.#current?.wire.isOpen === true) return this.#current.wire
    if (this.#opening !== undefined) return this.#opening
    if (this.#failures >= EAGER_ATTEMPTS && this.#options.clock.now() < this.#notBefore) throw this.#lastFailure
    this.#opening = this.#connect().then(
      (wire) => {
        this.#opening = undefined
        this.#current = { wire, servedBefore: wire.served }
        return wire
      },
      (error: unknown) => {
        this.#opening = undefined
        this.#failed(error)
        throw error
      },
    )
    return this.#opening
  }

  /** Another one beside it, for whoever asked; to be cut afterwards. */
  spare(): Promise<Wire> {
    return this.#connect()
  }

  /** The next call gets another connection; those that wait on this one are still answered. */
  renew(): void {
    const current = this.#current
    this.#current = undefined
    current?.wire.retire()
  }

  close(): void {
    this.#isClosed = true
    for (const wire of this.#wires) wire.cut()
  }

  /** Logged in, and greeted: also a server that hangs takes connections. */
  async #connect(): Promise<Wire> {
    if (this.#isClosed) throw new Lost()
    const { address, login, clock, connectMs, maxReplyBytes } = this.#options
    const { host, port } = address
    const socket = connect({ host, port, noDelay: true })
    const wire = new Wire({ socket, clock, maxReplyBytes, onEnd: (ended) => this.#ended(ended) })
    this.#wires.add(wire)
    const timer = systemClock.setTimer(connectMs, () => wire.cut(timeout(connectMs)), { background: true })
    try {
      if (login !== undefined) await asked(wire, loginRequest(login))
      await asked(wire, request('greet', ''))
      return wire
    } catch (error) {
      wire.cut(error)
      throw error
    } finally {
      timer.cancel()
    }
  }

  #ended(wire: Wire): void {
    this.#wires.delete(wire)
    if (this.#current?.wire !== wire) return
    // One that ends before it was of use counts as an attempt that failed.
    if (wire.served > this.#current.servedBefore) this.#failures = 0
    else this.#failed(wire.fault)
    this.#current = undefined
  }

  #failed(error: unknown): void {
    this.#failures += 1
    const pauseMs = FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - EAGER_ATTEMPTS)
    this.#notBefore = this.#options.clock.now() + Math.min(pauseMs, LAST_PAUSE_MS)
    this.#lastFailure = error
  }
}

function loginRequest({ username, password }: Login): Request {
  return request('login', 'PLAIN', { value: Buffer.from(`\0${username}\0${password}`) })
}

async function asked(wire: Wire, question: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    wire.send([{ request: question, until: Infinity, answered: () => resolve(), failed: reject }])
  })
}

/** As the system itself says it. */
function timeout(connectMs: number): Error {
  return Object.assign(new Error(`expected a connection within ${connectMs} ms`), { code: 'ETIMEDOUT' })
}
