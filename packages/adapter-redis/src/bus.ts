import { randomUUID } from 'node:crypto'
import {
  type Bus,
  type BusListener,
  type BusMessage,
  CacheError,
  type Call,
  type Clock,
  type GapReason,
  type Invalidation,
  SEPARATOR,
} from '@cachette/core'
import type { BusSettings } from './bus-options.js'
import { clientFor } from './client.js'
import { type Envelope, opened, sealed } from './envelope.js'
import { translated } from './errors.js'
import { Root } from './keys.js'
import { OwnLink } from './link.js'
import { Server } from './server.js'
import { Subscriber } from './subscriber.js'

/** Whose word it is that comes from the server itself. */
const SERVER = 'redis'

/** What was last heard of one publisher on one channel. */
interface Heard {
  readonly place: number
  readonly at: number
}

/** Publishes over one connection and listens over another. */
export class RedisBus implements Bus {
  readonly name = 'redis'
  readonly contract = 1
  readonly #id = randomUUID()
  readonly #clock: Clock
  readonly #root: Root
  readonly #prefix: string
  readonly #tracking: string | undefined
  readonly #server: Server
  readonly #subscriber: Subscriber
  readonly #listeners = new Map<string, Set<BusListener>>()
  readonly #heard = new Map<string, Heard>()
  readonly #places = new Map<string, number>()
  #isClosed = false

  constructor({ connection, root, tracking, heartbeatMs, connectMs, clock }: BusSettings) {
    this.#clock = clock
    this.#root = new Root(root)
    this.#prefix = root + SEPARATOR
    this.#tracking = tracking
    const make = (attempt: number) => clientFor(connection, connectMs, attempt)
    const link = new OwnLink({ clock, connectMs, role: 'any', make })
    this.#server = new Server({ source: this.name, clock, link, wait: undefined })
    this.#subscriber = new Subscriber({
      clock,
      connectMs,
      heartbeatMs,
      make,
      tracked: tracking === undefined ? undefined : this.#prefix,
      heard: (channel, payload) => this.#received(channel, payload),
      missed: (reason, since) => {
        for (const channel of this.#listeners.keys()) this.#tellGap(channel, reason, since)
      },
    })
  }

  async publish(channel: string, message: BusMessage, call: Call): Promise<void> {
    this.#check('publish', call)
    const place = (this.#places.get(channel) ?? 0) + 1
    this.#places.set(channel, place)
    const payload = sealed({ from: this.#id, place, message })
    const terms = { operation: 'publish', until: this.#clock.now() + call.deadline - call.now } as const
    const asked = this.#server.ask(['PUBLISH', this.#prefix + channel, payload], terms)
    await this.#within(asked, 'publish', call)
  }

  async subscribe(channel: string, listener: BusListener, call: Call): Promise<() => Promise<void>> {
    this.#check('subscribe', call)
    const listeners = this.#listeners.get(channel) ?? new Set<BusListener>()
    this.#listeners.set(channel, listeners)
    // One object for each subscription, so that a listener may be subscribed twice.
    const own: BusListener = { message: (...heard) => listener.message(...heard), gap: (gap) => listener.gap(gap) }
    listeners.add(own)
    const stop = (): Promise<void> => this.#stop(channel, listeners, own)
    try {
      await this.#within(this.#subscriber.add(this.#prefix + channel), 'subscribe', call)
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  close(): void {
    this.#isClosed = true
    this.#listeners.clear()
    this.#subscriber.close()
    this.#server.link.close()
  }

  async #stop(channel: string, listeners: Set<BusListener>, own: BusListener): Promise<void> {
    listeners.delete(own)
    if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
    this.#listeners.delete(channel)
    for (const publisher of [...this.#heard.keys()])
      if (publisher.startsWith(`${channel}${SEPARATOR}`)) this.#heard.delete(publisher)
    // A connection that is lost has nothing to stop any more.
    await this.#subscriber.remove(this.#prefix + channel).catch(() => undefined)
  }

  #received(name: string | undefined, payload: unknown): void {
    if (name === undefined) this.#changed(payload)
    else this.#delivered(name.slice(this.#prefix.length), opened(payload))
  }

  #delivered(channel: string, envelope: Envelope | undefined): void {
    if (envelope === undefined) {
      this.#tellGap(channel, 'dropped', this.#subscriber.aliveAt)
      return
    }
    const { from, place, message } = envelope
    if (from === this.#id) return
    const publisher = `${channel}${SEPARATOR}${from}`
    const last = this.#heard.get(publisher)
    // What comes twice, or after what was sent later, has been told or made up for.
    if (last !== undefined && place <= last.place) return
    this.#heard.set(publisher, { place, at: this.#clock.now() })
    if (last !== undefined && place > last.place + 1) this.#tellGap(channel, 'dropped', last.at)
    this.#tellMessage(channel, message, from)
  }

  /** The names that the server says have changed; none where all have. */
  #changed(payload: unknown): void {
    if (this.#tracking === undefined) return
    const names = Array.isArray(payload) ? payload.filter((name) => Buffer.isBuffer(name)) : undefined
    const changes: Invalidation[] =
      names === undefined
        ? [{ scope: 'prefix', name: '' }]
        : names.flatMap((name) => {
            const key = this.#root.keyOf(name)
            return key === undefined ? [] : [{ scope: 'key', name: key } as const]
          })
    if (changes.length > 0) this.#tellMessage(this.#tracking, { type: 'invalidate', changes }, SERVER)
  }

  #tellMessage(channel: string, message: BusMessage, from: string): void {
    this.#tell(channel, (listener) => listener.message(message, from))
  }

  #tellGap(channel: string, reason: GapReason, since: number): void {
    this.#tell(channel, (listener) => listener.gap({ reason, since }))
  }

  #tell(channel: string, tell: (listener: BusListener) => void): void {
    for (const listener of [...(this.#listeners.get(channel) ?? [])]) {
      try {
        tell(listener)
      } catch {
        // Whoever listens sees to his own failures: the others are to hear it too.
      }
    }
  }

  #check(operation: string, { signal }: Call): void {
    if (this.#isClosed) throw this.#refusal('CLOSED', operation, 'after it was closed')
    if (signal?.aborted === true) throw this.#refusal('ABORTED', operation, "was aborted by the caller's signal")
  }

  /** The work, or the failure if the deadline or the signal comes first. */
  #within<T>(work: Promise<T>, operation: string, { deadline, now, signal }: Call): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (code: 'TIMEOUT' | 'ABORTED', why: string) => (): void => {
        settle()
        reject(this.#refusal(code, operation, why, operation === 'publish'))
      }
      const late = fail('TIMEOUT', `took longer than its ${deadline - now} ms`)
      const abort = fail('ABORTED', "was aborted by the caller's signal")
      const timer = deadline === Infinity ? undefined : this.#clock.setTimer(deadline - now, late)
      signal?.addEventListener('abort', abort)
      const settle = (): void => {
        timer?.cancel()
        signal?.removeEventListener('abort', abort)
      }
      work.then(
        (value) => {
          settle()
          resolve(value)
        },
        (error: unknown) => {
          settle()
          if (this.#isClosed) reject(this.#refusal('CLOSED', operation, 'when it was closed'))
          else reject(translated(error, { operation, source: this.name, isSent: false }))
        },
      )
    })
  }

  #refusal(code: 'CLOSED' | 'TIMEOUT' | 'ABORTED', operation: string, why: string, isInDoubt = false): CacheError {
    const outcome = isInDoubt ? 'unknown' : 'none'
    return new CacheError(code, `${operation} on ${this.name} ${why}`, { operation, source: this.name, outcome })
  }
}
