import { connect, type Socket } from 'node:net'
import type { Clock } from '@cachette/core'
import { seededRandom } from '../random.js'
import { concerns, type Direction, type StrikingFault } from './faults.js'
import { Garbler } from './garble.js'
import type { Phase } from './phase.js'
import { type Ends, Pipe } from './pipe.js'

/** What a connection needs of its proxy. */
export interface Host {
  readonly clock: Clock
  readonly seed: number
  readonly to: { readonly host: string; readonly port: number }
  readonly phase: Phase
  count(direction: Direction, bytes: number): void
  struck(): void
  closed(connection: Connection): void
}

/** One client, and the connection to the server that was made for it. */
export class Connection implements Ends {
  readonly clock: Clock
  readonly #host: Host
  /** In the order in which the clients came. */
  readonly #ordinal: number
  readonly #client: Socket
  readonly #server: Socket
  readonly #waits = new Set<() => void>()
  /** Whether the fault of a phase is for this connection, once that has been decided. */
  #drawn: { readonly phase: Phase; readonly isChosen: boolean } | undefined
  #struckIn: Phase | undefined
  #isOver = false
  #open = 2

  constructor(client: Socket, ordinal: number, host: Host) {
    this.clock = host.clock
    this.#host = host
    this.#ordinal = ordinal
    this.#client = client
    this.#server = connect({ ...host.to, allowHalfOpen: true, noDelay: true })
    for (const [socket, other] of [
      [this.#client, this.#server],
      [this.#server, this.#client],
    ] as const) {
      // What one side is told of, the other is told too: a server that is not there included.
      socket.on('error', () => this.reset())
      socket.once('close', () => this.#closed(other))
    }
    const garbler = (direction: number): Garbler => new Garbler(seededRandom(host.seed + 2 * ordinal + direction))
    new Pipe(this.#client, this.#server, 'request', this, garbler(0))
    new Pipe(this.#server, this.#client, 'reply', this, garbler(1))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  current(direction: Direction): { readonly phase: Phase; readonly fault: StrikingFault | undefined } {
    const { phase } = this.#host
    const { fault } = phase
    const strikes = fault !== undefined && concerns(fault, direction) && this.#isChosen(phase) && this.#isStruck(phase)
    return { phase, fault: strikes ? fault : undefined }
  }

  async wait(phase: Phase, ms: number): Promise<void> {
    if (!this.#isOver) await phase.wait(ms, this.#waits)
  }

  count(direction: Direction, bytes: number): void {
    this.#host.count(direction, bytes)
  }

  /** Tells both sides that nothing more will come, and hears them out. */
  close(): void {
    this.#end()
    for (const socket of [this.#client, this.#server]) socket.end()
  }

  reset(): void {
    this.#end()
    for (const socket of [this.#client, this.#server]) {
      // One that has said goodbye cannot be reset any more: the system refuses it, and Node would keep the handle.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
    }
  }

  vanish(): void {
    this.#end()
    this.#server.destroy()
    // Nobody is there who would answer the client's own goodbye.
    this.#client.once('end', () => this.#client.destroy())
  }

  /** Without a word about why. */
  destroy(): void {
    this.#end()
    for (const socket of [this.#client, this.#server]) socket.destroy()
  }

  #isChosen(phase: Phase): boolean {
    if (this.#drawn?.phase !== phase) {
      const { probability = 1 } = phase.fault ?? {}
      const random = seededRandom(this.#host.seed ^ Math.imul(this.#ordinal + 1, PRIME) ^ phase.number)
      this.#drawn = { phase, isChosen: random.next() < probability }
    }
    return this.#drawn.isChosen
  }

  #isStruck(phase: Phase): boolean {
    if (this.#struckIn === phase) return true
    if (!phase.strike()) return false
    this.#struckIn = phase
    this.#host.struck()
    return true
  }

  #end(): void {
    this.#isOver = true
    for (const leave of [...this.#waits]) leave()
  }

  #closed(other: Socket): void {
    this.#open -= 1
    if (this.#open === 0) this.#host.closed(this)
    // A client whose server has vanished is not told.
    else if (other !== this.#client || !this.#isOver) other.destroySoon()
  }
}

/** Spreads the ordinals of connections over all bits, so that seeds that differ little choose differently. */
const PRIME = 0x9e3779b1
