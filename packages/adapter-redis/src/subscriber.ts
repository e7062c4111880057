import { type Clock, systemClock, type Timer } from '@cachette/core'
import type { Redis } from 'ioredis'
import { inspect } from './inspect.js'
import { LOST, Wire } from './wire.js'

/** Where the server says which names have changed, to connections of the older protocol. */
const INVALIDATED = '__redis__:invalidate'

const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 1_000

export interface SubscriberOptions {
  readonly clock: Clock
  readonly connectMs: number
  /** Between two signs of life; one that is late ends the connection. */
  readonly heartbeatMs: number
  readonly make: (attempt: number) => Redis
  /** What names begin with whose changes the server is to tell; nothing where it is not to. */
  readonly tracked: string | undefined
  /** What came on a channel; a list of names, or nothing for all there are, from the server itself. */
  heard(channel: string | undefined, payload: unknown): void
  /** It has been away since, and is back: at the same server or at another. */
  missed(reason: 'reconnected' | 'failover', since: number): void
}

/** A connection that does nothing but listen, and comes back by itself as long as there is something to listen to. */
export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #channels = new Set<string>()
  #live: { readonly client: Redis; readonly wire: Wire } | undefined
  #opening: Promise<Redis> | undefined
  #attempts = 0
  #pause: Timer | undefined
  #heartbeat: Timer | undefined
  #aliveAt: number | undefined
  #place: string | undefined
  /** What comes before it is told what was missed. */
  readonly #early: (() => void)[] = []
  #isClosed = false

  constructor(options: SubscriberOptions) {
    this.#options = options
  }

  /** When it was last known to hear everything. */
  get aliveAt(): number {
    return this.#aliveAt ?? this.#options.clock.now()
  }

  async add(channel: string): Promise<void> {
    this.#channels.add(channel)
    // Again where connecting has just seen to it, since it may have begun before.
    const client = this.#live?.client ?? (await this.#open())
    await client.subscribe(channel)
  }

  async remove(channel: string): Promise<void> {
    this.#channels.delete(channel)
    await this.#live?.client.unsubscribe(channel)
  }

  close(): void {
    this.#isClosed = true
    this.#pause?.cancel()
    this.#heartbeat?.cancel()
    this.#live?.wire.cut()
  }

  #open(): Promise<Redis> {
    this.#pause?.cancel()
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #connect(): Promise<Redis> {
    if (this.#isClosed) throw new Error(LOST)
    const { clock, connectMs, make } = this.#options
    const client = make(this.#attempts)
    this.#attempts += 1
    const wire = new Wire(client, (ended) => this.#ended(ended), false)
    const timer = systemClock.setTimer(connectMs, () => wire.cut(new Error(LOST)), { background: true })
    try {
      await client.connect()
      await inspect(wire, 'any')
      await this.#track(wire)
      client.on('messageBuffer', (channel, payload) => this.#heard(channel.toString(), payload))
      await client.subscribe(...this.#channels, ...(this.#options.tracked === undefined ? [] : [INVALIDATED]))
      wire.check()
      if (this.#isClosed) throw new Error(LOST)
      this.#live = { client, wire }
      this.#attempts = 0
      this.#back(`${client.stream.remoteAddress}:${client.stream.remotePort}`)
      this.#aliveAt = clock.now()
      for (const hear of this.#early.splice(0)) hear()
      this.#beat(wire)
      return client
    } catch (error) {
      wire.cut()
      this.#early.length = 0
      this.#again()
      wire.check()
      throw error
    } finally {
      timer.cancel()
    }
  }

  /** The server tells this very connection of every change below the prefix, whoever makes it. */
  async #track(wire: Wire): Promise<void> {
    const { tracked } = this.#options
    if (tracked === undefined) return
    const [id] = await Promise.all(wire.send([['CLIENT', 'ID']]))
    const told = ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', Number(id), 'BCAST', 'PREFIX', tracked] as const
    await Promise.all(wire.send([told]))
  }

  #heard(channel: string, payload: unknown): void {
    const hear = (): void => this.#options.heard(channel === INVALIDATED ? undefined : channel, payload)
    if (this.#live === undefined) {
      this.#early.push(hear)
      return
    }
    hear()
    this.#aliveAt = this.#options.clock.now()
  }

  #back(place: string): void {
    const since = this.#aliveAt
    if (since !== undefined) this.#options.missed(place === this.#place ? 'reconnected' : 'failover', since)
    this.#place = place
  }

  #beat(wire: Wire): void {
    const { clock, heartbeatMs } = this.#options
    let isAnswered = false
    wire.send([['PING']])[0]?.then(
      () => {
        isAnswered = true
        this.#aliveAt = clock.now()
      },
      () => undefined,
    )
    this.#heartbeat = systemClock.setTimer(
      heartbeatMs,
      () => {
        if (isAnswered) this.#beat(wire)
        else wire.cut()
      },
      { background: true },
    )
  }

  #ended(wire: Wire): void {
    if (this.#live?.wire !== wire) return
    this.#live = undefined
    this.#heartbeat?.cancel()
    this.#again()
  }

  #again(): void {
    if (this.#isClosed || (this.#channels.size === 0 && this.#options.tracked === undefined)) return
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#attempts, LAST_PAUSE_MS)
    this.#pause?.cancel()
    // Whoever waits for it meanwhile hears of its own failure, and nobody does of this one's.
    this.#pause = systemClock.setTimer(pauseMs, () => void this.#open().catch(() => undefined), { background: true })
  }
}
