import { type Awaitable, type Clock, systemClock } from '@cachette/core'
import type { Redis } from 'ioredis'
import { fence } from './fence.js'
import { inspect } from './inspect.js'
import { LOST, Wire } from './wire.js'

/** The way to one server, over one connection at a time. */
export interface Link {
  /** The connection, at once where there is one. Fails with what the driver or the server said. */
  open(): Awaitable<Wire>
  /** Another one beside it, for whoever asked; to be cut afterwards. */
  spare(): Promise<Wire>
  /** The next call gets another connection; those that wait on this one are still answered. */
  renew(): void
  close(): void
}

/** A first failure says little of the next attempt, so these follow at once; then each waits twice as long. */
const EAGER_ATTEMPTS = 3
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 1_000

export interface OwnLinkOptions {
  /** Of the pauses between attempts. */
  readonly clock: Clock
  /** Of the system's time, whatever the clock says: so long do servers take. */
  readonly connectMs: number
  /** What the other end has to be. */
  readonly role: 'any' | 'master'
  /** A client that connects once, when it is told to. */
  readonly make: (attempt: number) => Redis
}

/**
 * Connects when it is asked to and has no connection. Many calls share one attempt; after some failures in a row calls
 * fail at once until the next attempt is due.
 */
export class OwnLink implements Link {
  readonly #options: OwnLinkOptions
  readonly #wires = new Map<Wire, Redis>()
  #current: { readonly wire: Wire; readonly servedBefore: number } | undefined
  #opening: Promise<Wire> | undefined
  #attempts = 0
  #failures = 0
  #notBefore = 0
  #lastFailure: unknown
  #isClosed = false

  constructor(options: OwnLinkOptions) {
    this.#options = options
  }

  open(): Awaitable<Wire> {
    if (this.#current?.wire.isOpen === true) return this.#current.wire
    if (this.#opening !== undefined) return this.#opening
    this.#lost()
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

  spare(): Promise<Wire> {
    return this.#connect()
  }

  renew(): void {
    const current = this.#current
    this.#current = undefined
    current?.wire.retire()
  }

  close(): void {
    this.#isClosed = true
    for (const [wire, client] of this.#wires) {
      wire.cut()
      // While it asks sentinels for the way there is nothing to cut yet.
      if (client.status === 'connecting') client.disconnect()
    }
  }

  async #connect(): Promise<Wire> {
    const { connectMs, make, role } = this.#options
    if (this.#isClosed) throw new Error(LOST)
    const client = make(this.#attempts)
    fence(client)
    this.#attempts += 1
    const wire = new Wire(client, (ended) => this.#ended(ended), true)
    this.#wires.set(wire, client)
    const late = (): void => wire.cut(timeout(connectMs))
    const timer = systemClock.setTimer(connectMs, late, { background: true })
    try {
      await client.connect()
      await inspect(wire, role)
      // Such as a database that could not be selected, after which the driver would go on with another.
      wire.check()
      return wire
    } catch (error) {
      wire.cut()
      // What went wrong first says more than that the connection is closed.
      wire.check()
      throw error
    } finally {
      timer.cancel()
    }
  }

  #ended(wire: Wire): void {
    this.#wires.delete(wire)
    if (this.#current?.wire === wire) this.#lost()
  }

  #lost(): void {
    if (this.#current === undefined) return
    const { wire, servedBefore } = this.#current
    this.#current = undefined
    // One that ends before it was of use counts as an attempt that failed.
    if (wire.served > servedBefore) this.#failures = 0
    else this.#failed(wire.fault ?? new Error(LOST))
  }

  #failed(error: unknown): void {
    this.#failures += 1
    const pauseMs = FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - EAGER_ATTEMPTS)
    this.#notBefore = this.#options.clock.now() + Math.min(pauseMs, LAST_PAUSE_MS)
    this.#lastFailure = error
  }
}

/** As the system itself says it. */
function timeout(connectMs: number): Error {
  return Object.assign(new Error(`expected a connection within ${connectMs} ms`), { code: 'ETIMEDOUT' })
}
