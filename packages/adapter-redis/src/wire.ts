import type { Redis } from 'ioredis'

export type Argument = string | Buffer | number
export type Command = readonly [name: string, ...args: Argument[]]

/** What the driver says of a connection that has ended. */
export const LOST = 'Connection is closed.'

/** One connection for as long as it lasts; the next is another wire. */
export class Wire {
  readonly #client: Redis
  readonly #onEnd: (wire: Wire) => void
  #fault: unknown
  #pending = 0
  #served = 0
  #isRetired = false

  constructor(client: Redis, onEnd: (wire: Wire) => void) {
    this.#client = client
    this.#onEnd = onEnd
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
    if (this.#client.options.enableAutoPipelining === true) return this.#inPipeline(commands)
    const { stream } = this.#client
    stream.cork()
    try {
      return commands.map((command) => this.#counted(this.#client.callBuffer(...command)))
    } finally {
      stream.uncork()
    }
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

  /** Of clients that pipeline by themselves, which would lose the names of commands that are called so. */
  #inPipeline(commands: readonly Command[]): Promise<unknown>[] {
    const pipeline = this.#client.pipeline()
    for (const command of commands) pipeline.callBuffer(...command)
    const results = pipeline.exec()
    return commands.map((_, at) => this.#counted(results.then((answers) => answerIn(answers?.[at]))))
  }

  #counted(answer: Promise<unknown>): Promise<unknown> {
    this.#pending += 1
    void answer.then(this.#answered, this.#refused)
    return answer
  }

  readonly #answered = (): void => {
    this.#served += 1
    this.#refused()
  }

  readonly #refused = (): void => {
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

function answerIn([error, answer]: readonly [Error | null, unknown] = [new Error(LOST), undefined]): unknown {
  if (error !== null) throw error
  return answer
}
