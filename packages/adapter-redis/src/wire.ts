import { Command as DriverCommand, type Redis } from 'ioredis'
import type { Command } from './command.js'
import { Parcel } from './parcel.js'

/** Whoever waits for an answer to one command. */
export interface Hearer {
  answered(answer: unknown): void
  failed(error: unknown): void
}

/** A command, and who asks it. */
export interface Ask {
  readonly command: Command
  readonly hearer: Hearer
}

/** What the driver says of a connection that has ended. */
export const LOST = 'Connection is closed.'

/** Answers come as bytes. */
const BYTES = { replyEncoding: null } as const

export const NOBODY: Hearer = { answered: () => undefined, failed: () => undefined }

/** One connection for as long as it lasts; the next is another wire. */
export class Wire {
  readonly #client: Redis
  readonly #onEnd: (wire: Wire) => void
  readonly #isOurs: boolean
  #fault: unknown
  #pending = 0
  #served = 0
  #isRetired = false
  #untold: (() => void)[] = []

  /** `isOurs`: nobody else uses the client, and it is fenced. */
  constructor(client: Redis, onEnd: (wire: Wire) => void, isOurs: boolean) {
    this.#client = client
    this.#onEnd = onEnd
    this.#isOurs = isOurs
    client.on('error', this.#failed)
    client.once('close', this.#ended)
  }

  /** What went wrong with it: from then on no answer is to be trusted, also one that came just before. */
  get fault(): unknown {
    return this.#fault
  }

  /** Throws what went wrong with it, if anything did. */
  check(): void {
    const fault: unknown = this.#fault
    if (fault !== undefined) rethrow(fault)
  }

  /** Not once the other end has said that it closes, though all of it has not been noticed yet. */
  get isOpen(): boolean {
    return this.#fault === undefined && this.#client.stream.writable
  }

  /** How many answers there have been, refusals not counted. */
  get served(): number {
    return this.#served
  }

  /** All of them in one piece; an answer for each. */
  send(commands: readonly Command[]): Promise<unknown>[] {
    const hearers: Hearer[] = []
    const answers = commands.map(
      () => new Promise<unknown>((answered, failed) => void hearers.push({ answered, failed })),
    )
    this.post(commands.map((command, at) => ({ command, hearer: hearers[at] ?? NOBODY })))
    return answers
  }

  /** The same for those who need no promise. */
  post(asks: readonly Ask[]): void {
    const { status, stream, commandQueue } = this.#client
    this.#pending += asks.length
    // What cannot be sent now fails, or is kept by a client that somebody else has made.
    if (!this.isOpen || status !== 'ready') {
      for (const { command, hearer } of asks) this.#hear(this.#client.callBuffer(...command), hearer)
      return
    }
    const parcel = new Parcel(stream)
    for (const { command, hearer } of asks) {
      if (this.#isOurs) {
        parcel.add(command)
        commandQueue.push({ command: this.#question(hearer), stream, select: 0 })
      } else {
        const [name, ...args] = command
        const asked = new DriverCommand(name, args, BYTES)
        void this.#client.sendCommand(asked, parcel)
        this.#hear(asked.promise, hearer)
      }
    }
    parcel.post()
  }

  /** Ends it now: whatever waits for an answer fails. */
  cut(why?: Error): void {
    this.#fault ??= why
    // There is none before the sentinels have said where to.
    const stream: Redis['stream'] | undefined = this.#client.stream
    stream?.destroy()
  }

  /** Ends it when the last answer is there. */
  retire(): void {
    this.#isRetired = true
    this.#cutIfDone()
  }

  /** Hears no more of it, and leaves it as it is. */
  leave(): void {
    this.#client.off('error', this.#failed).off('close', this.#ended)
  }

  #hear(answer: Promise<unknown>, hearer: Hearer): void {
    answer.then(
      (given) => {
        this.#settled(true)
        hearer.answered(given)
      },
      (error: unknown) => {
        this.#settled(false)
        hearer.failed(error)
      },
    )
  }

  /** As the driver's own commands are: settled once. What is settled is told when all that has come has been read. */
  #question(hearer: Hearer): { name: string; args: []; resolve(answer: unknown): void; reject(error: Error): void } {
    return {
      name: 'question',
      args: [],
      resolve: (answer) =>
        this.#later(() => {
          this.#settled(true)
          hearer.answered(answer)
        }),
      reject: (error) =>
        this.#later(() => {
          this.#settled(false)
          hearer.failed(error)
        }),
    }
  }

  #later(tell: () => void): void {
    if (this.#untold.push(tell) > 1) return
    queueMicrotask(() => {
      const untold = this.#untold
      this.#untold = []
      for (const each of untold) each()
    })
  }

  #settled(isAnswered: boolean): void {
    if (isAnswered) this.#served += 1
    this.#pending -= 1
    this.#cutIfDone()
  }

  #cutIfDone(): void {
    if (this.#isRetired && this.#pending === 0) this.cut()
  }

  /** The driver would say goodbye and wait for the other end. */
  readonly #failed = (error: unknown): void => {
    this.#fault ??= error
    this.cut()
  }

  readonly #ended = (): void => {
    this.#client.off('error', this.#failed)
    this.#onEnd(this)
  }
}

function rethrow(fault: unknown): never {
  throw fault
}
