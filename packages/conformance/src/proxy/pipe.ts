import type { Socket } from 'node:net'
import type { Clock } from '@cachette/core'
import type { Direction, StrikingFault } from './faults.js'
import type { Garbler } from './garble.js'
import type { Phase } from './phase.js'

/** What a pipe needs of its connection. */
export interface Ends {
  readonly clock: Clock
  readonly isOver: boolean
  /** The phase of now, and whether its fault is to be done to this connection. */
  current(direction: Direction): { readonly phase: Phase; readonly fault: StrikingFault | undefined }
  /** Waits in a phase; the end of the connection ends it too. */
  wait(phase: Phase, ms: number): Promise<void>
  /** Bytes that have been written. */
  count(direction: Direction, bytes: number): void
  close(): void
  reset(): void
  vanish(): void
}

interface Chunk {
  readonly bytes: Buffer
  readonly arrivedAt: number
}

/** What has come and has not been passed on; beyond it the sender has to wait. */
const MOST_HELD_BYTES = 1_048_576

/** One direction of a connection: takes what comes, and passes it on as the fault of the moment has it. */
export class Pipe {
  readonly #source: Socket
  readonly #sink: Socket
  readonly #direction: Direction
  readonly #ends: Ends
  readonly #garbler: Garbler
  readonly #held: Chunk[] = []
  #heldBytes = 0
  #hasEnded = false
  #isWorking = false
  /** Bytes passed in the phase of that number. */
  #passed = { phase: 0, bytes: 0 }

  constructor(source: Socket, sink: Socket, direction: Direction, ends: Ends, garbler: Garbler) {
    this.#source = source
    this.#sink = sink
    this.#direction = direction
    this.#ends = ends
    this.#garbler = garbler
    source.on('data', (bytes: Buffer) => this.#take(bytes))
    source.once('end', () => {
      this.#hasEnded = true
      this.#work()
    })
  }

  #take(bytes: Buffer): void {
    if (this.#ends.isOver) return
    this.#held.push({ bytes, arrivedAt: this.#ends.clock.now() })
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MOST_HELD_BYTES) this.#source.pause()
    this.#work()
  }

  #work(): void {
    if (!this.#isWorking) void this.#passAll()
  }

  async #passAll(): Promise<void> {
    this.#isWorking = true
    for (let chunk = this.#held.shift(); chunk !== undefined; chunk = this.#held.shift()) {
      let { bytes } = chunk
      while (bytes.length > 0 && !this.#ends.isOver) bytes = await this.#step(bytes, chunk.arrivedAt)
      this.#heldBytes -= chunk.bytes.length
      if (this.#heldBytes <= MOST_HELD_BYTES) this.#source.resume()
    }
    if (this.#hasEnded) await this.#passEnd()
    this.#isWorking = false
  }

  async #passEnd(): Promise<void> {
    while (!this.#ends.isOver) {
      const { phase, fault } = this.#ends.current(this.#direction)
      if (fault?.kind !== 'hang') break
      await this.#ends.wait(phase, Infinity)
    }
    if (!this.#ends.isOver) this.#sink.end()
  }

  /** Does one thing to the bytes, and gives what is left of them: meanwhile the fault may have become another. */
  async #step(bytes: Buffer, arrivedAt: number): Promise<Buffer> {
    const { phase, fault } = this.#ends.current(this.#direction)
    if (this.#passed.phase !== phase.number) this.#passed = { phase: phase.number, bytes: 0 }
    switch (fault?.kind) {
      case 'delay': {
        const leftMs = arrivedAt + fault.ms - this.#ends.clock.now()
        if (leftMs <= 0) return this.#pass(bytes)
        await this.#ends.wait(phase, leftMs)
        return bytes
      }
      case 'hang':
        await this.#ends.wait(phase, Infinity)
        return bytes
      case 'cut':
        return this.#passUpTo(0, bytes, () => this.#ends.close())
      case 'truncate':
        return this.#passUpTo(fault.bytes, bytes, () => this.#ends.close())
      case 'reset':
        return this.#passUpTo(fault.bytes ?? 0, bytes, () => this.#ends.reset())
      case 'halfOpen':
        this.#ends.vanish()
        return NOTHING
      case 'garble':
        return this.#pass(this.#garbler.garble(bytes, fault.every ?? 1))
      case 'drip': {
        const size = fault.bytes ?? 1
        await this.#pass(bytes.subarray(0, size))
        await this.#ends.wait(phase, fault.everyMs)
        return bytes.subarray(size)
      }
      case undefined:
        return this.#pass(bytes)
    }
  }

  async #passUpTo(limit: number, bytes: Buffer, then: () => void): Promise<Buffer> {
    const some = bytes.subarray(0, limit - this.#passed.bytes)
    await this.#pass(some)
    if (this.#passed.bytes < limit) return NOTHING
    if (some.length > 0) await readable()
    then()
    return NOTHING
  }

  /** All of it, and until the system has it. */
  async #pass(bytes: Buffer): Promise<Buffer> {
    if (bytes.length === 0) return NOTHING
    this.#passed.bytes += bytes.length
    this.#ends.count(this.#direction, bytes.length)
    // Whether it arrived shows in the connection's own end.
    await new Promise<void>((resolve) => void this.#sink.write(bytes, () => resolve()))
    return NOTHING
  }
}

/**
 * Until another socket of this process has had its turn to read: Node takes a reset that it finds together with bytes
 * for an orderly end.
 */
async function readable(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const NOTHING = Buffer.alloc(0)
