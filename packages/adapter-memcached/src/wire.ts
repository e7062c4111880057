import type { Socket } from 'node:net'
import type { Clock, Timer } from '@cachette/core'
import { answers, isRefusal, OFFSETS, ProtocolError, Refusal, type Reply, type Request } from './protocol.js'
import { Replies } from './replies.js'

/** What a connection that has ended fails with, where nothing else is known. */
export class Lost extends Error {
  constructor() {
    super('the connection was lost')
  }
}

/** Someone who waits for the answer to a request. */
export interface Waiting {
  readonly request: Request
  /** By the clock of the store. */
  readonly until: number
  answered(reply: Reply, wire: Wire): void
  /** With what the server or the system said. */
  failed(error: unknown, isSent: boolean): void
}

/** Up to here one piece that is put together goes out quicker than many (a third of the time, for 64 of 300 bytes). */
const MAX_COPIED_BYTES = 65_536

/** So many that have been answered may be kept beside those that wait. */
const MOST_ANSWERED = 1_024

export interface WireOptions {
  readonly socket: Socket
  readonly clock: Clock
  readonly maxReplyBytes: number
  readonly onEnd: (wire: Wire) => void
}

/**
 * One connection for as long as it lasts. The first thing that goes wrong with it, an answer that is late included, ends
 * it, with all that wait: what it may still bring belongs to nobody.
 */
export class Wire {
  readonly #options: WireOptions
  /** Servers answer in the order in which they are asked: those from `#head` on still wait. */
  #pending: Waiting[] = []
  #head = 0
  readonly #replies: Replies
  #opaque = 0
  #fault: unknown
  #served = 0
  #timer: Timer | undefined
  #timerAt = Infinity
  #isRetired = false

  constructor(options: WireOptions) {
    const { socket, maxReplyBytes } = options
    this.#options = options
    this.#replies = new Replies(maxReplyBytes)
    socket.on('data', this.#came)
    socket.on('error', (error) => this.cut(error))
    socket.on('end', () => this.cut(new Lost()))
    socket.on('close', () => this.cut(new Lost()))
  }

  get isOpen(): boolean {
    return this.#fault === undefined
  }

  /** What ended it. */
  get fault(): unknown {
    return this.#fault
  }

  /** How many answers there have been. */
  get served(): number {
    return this.#served
  }

  /** All of them in one piece. */
  send(exchanges: readonly Waiting[]): void {
    const { socket } = this.#options
    const pieces: Buffer[] = []
    let length = 0
    for (const waiting of exchanges) {
      const { bytes } = waiting.request
      this.#opaque = (this.#opaque + 1) >>> 0
      bytes.writeUInt32BE(this.#opaque, OFFSETS.opaque)
      this.#pending.push(waiting)
      pieces.push(bytes)
      length += bytes.length
      if (waiting.until < this.#timerAt) this.#arm(waiting.until)
    }
    if (length <= MAX_COPIED_BYTES) {
      socket.write(Buffer.concat(pieces, length))
      return
    }
    socket.cork()
    for (const piece of pieces) socket.write(piece)
    socket.uncork()
  }

  /** Ends it now: whatever waits for an answer fails. */
  cut(why: unknown = new Lost()): void {
    if (this.#fault !== undefined) return
    this.#fault = why
    this.#disarm()
    this.#options.socket.destroy()
    const pending = this.#waiting()
    this.#pending = []
    this.#options.onEnd(this)
    for (const waiting of pending) waiting.failed(why, true)
  }

  /** Ends it when the last answer is there. */
  retire(): void {
    this.#isRetired = true
    this.#cutIfDone()
  }

  readonly #came = (chunk: Buffer): void => {
    try {
      this.#replies.push(chunk, this.#took)
    } catch (error) {
      this.cut(error)
    }
  }

  readonly #took = (reply: Reply): void => {
    if (this.#fault !== undefined) return
    const waiting = this.#pending[this.#head]
    const opaque = (this.#opaque - (this.#pending.length - this.#head) + 1) >>> 0
    if (waiting === undefined || reply.opaque !== opaque || !answers(reply, waiting.request)) {
      throw new ProtocolError('the answer is not to what was asked')
    }
    this.#head += 1
    this.#served += 1
    // Under a steady load some always wait: those that have their answers must go all the same.
    if (this.#head === this.#pending.length || this.#head >= MOST_ANSWERED) {
      this.#pending = this.#waiting()
      this.#head = 0
    }
    if (isRefusal(reply, waiting.request.verb)) waiting.failed(new Refusal(reply), true)
    else waiting.answered(reply, this)
    this.#cutIfDone()
  }

  #waiting(): Waiting[] {
    return this.#pending.slice(this.#head)
  }

  #cutIfDone(): void {
    if (this.#isRetired && this.#pending.length === 0) this.cut()
  }

  /** One timer for all who wait, for the soonest; it looks again who that is when it runs, not at each answer. */
  #arm(until: number): void {
    this.#disarm()
    if (until === Infinity) return
    const { clock } = this.#options
    this.#timerAt = until
    this.#timer = clock.setTimer(until - clock.now(), () => this.#late(), { background: true })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  #late(): void {
    this.#timerAt = Infinity
    let soonest = Infinity
    for (const { until } of this.#waiting()) soonest = Math.min(soonest, until)
    if (soonest <= this.#options.clock.now()) this.cut()
    else this.#arm(soonest)
  }
}
