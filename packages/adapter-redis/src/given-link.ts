import { type Awaitable, systemClock } from '@cachette/core'
import type { Redis } from 'ioredis'
import { fence } from './fence.js'
import { inspect } from './inspect.js'
import type { Link } from './link.js'
import { LOST, Wire } from './wire.js'

export interface GivenLinkOptions {
  readonly connectMs: number
  /** The client as it is now: a cluster's makes new ones for its servers. */
  readonly client: () => Awaitable<Redis>
  /** What is beside it is opened and closed here. */
  readonly another: (client: Redis) => Redis
}

/** A client that has lost its connection tries again after a pause, which may be long: calls wait this much of it. */
const PAUSE_MS = 250

/** The connection of a client that belongs to somebody else, who also sees to it that there is one. */
export class GivenLink implements Link {
  readonly #options: GivenLinkOptions
  #current: { readonly wire: Wire; readonly client: Redis } | undefined
  #opening: Promise<Wire> | undefined
  #isClosed = false

  constructor(options: GivenLinkOptions) {
    this.#options = options
  }

  open(): Awaitable<Wire> {
    if (this.#current?.wire.isOpen === true && this.#current.client.status === 'ready') return this.#current.wire
    if (this.#isClosed) throw new Error(LOST)
    this.#opening ??= this.#ready().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async spare(): Promise<Wire> {
    const { client, another } = this.#options
    const beside = another(await client())
    fence(beside)
    const wire = new Wire(beside, () => undefined, true)
    await beside.connect()
    return wire
  }

  renew(): void {
    const current = this.#current
    this.#current = undefined
    current?.wire.retire()
  }

  /** The client goes on; only what was heard of it here ends. */
  close(): void {
    this.#isClosed = true
    this.#current?.wire.leave()
    this.#current = undefined
  }

  async #ready(): Promise<Wire> {
    const client = await this.#options.client()
    const { connectMs } = this.#options
    // A connection that is made but says nothing would keep the client for longer than calls can wait.
    const late = (): void => hang.cut(new Error(LOST))
    const hang = new Wire(client, () => undefined, false)
    const timer = systemClock.setTimer(connectMs, late, { background: true })
    try {
      await connected(client, connectMs)
      const ended = (wire: Wire): void => {
        if (this.#current?.wire === wire) this.#current = undefined
      }
      const wire = new Wire(client, ended, false)
      await inspect(wire, 'any')
      this.#current = { wire, client }
      return wire
    } finally {
      timer.cancel()
      hang.leave()
    }
  }
}

/** Its next attempt to connect has succeeded, or has failed, or takes too long. */
function connected(client: Redis, connectMs: number): Promise<void> {
  if (client.status === 'ready') return Promise.resolve()
  const patienceMs = client.status === 'reconnecting' ? Math.min(PAUSE_MS, connectMs) : connectMs
  return new Promise((resolve, reject) => {
    let fault: unknown
    const failed = (error: unknown): void => {
      fault ??= error
    }
    const settle = (): void => {
      timer.cancel()
      client.off('error', failed).off('ready', ready).off('close', closed).off('end', closed)
    }
    const ready = (): void => {
      settle()
      resolve()
    }
    const closed = (): void => {
      settle()
      reject(fault instanceof Error ? fault : new Error(LOST))
    }
    const timer = systemClock.setTimer(patienceMs, closed, { background: true })
    client.on('error', failed).on('ready', ready).on('close', closed).on('end', closed)
    if (client.status === 'wait') client.connect().catch(failed)
    if (client.status === 'end') closed()
  })
}
