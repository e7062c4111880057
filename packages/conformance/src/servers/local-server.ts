import { mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, LOOPBACK } from './ports.js'
import { type Command, ServerProcess } from './process.js'
import { failed, Hopeless, until } from './until.js'

/** A real server on this machine. `await using` stops it too. */
export interface Server extends AsyncDisposable {
  readonly host: string
  /** Stays the same over restarts. */
  readonly port: number
  /** Of its process; another after a restart. */
  readonly pid: number
  /** Also while it is paused. */
  readonly running: boolean
  readonly paused: boolean
  /** Where its files are, until it is stopped. */
  readonly folder: string
  /** The end of what it wrote to its log since it was started last. */
  readonly log: string
  /** It keeps its connections and takes new ones, and answers nothing. */
  pause(): void
  resume(): void
  /** Ends it at once, as a crash would. It can be restarted. */
  kill(): Promise<void>
  /** Ends it for good and removes its files. Twice is fine. */
  stop(): Promise<void>
}

/** What differs between kinds of servers. */
export interface Kind {
  readonly name: string
  /** Other ports that it needs, by how far they are above its own. */
  readonly alsoPorts: readonly number[]
  readonly startWithinMs: number
  command(port: number, folder: string): Promise<Command>
  /** The id of the process that answers there: another server may have taken the port. */
  whoAnswers(port: number): Promise<number>
}

const PORTS_TRIED = 10

/** What servers say when somebody else has the port. */
const TAKEN = /address already in use|failed to listen/i

export class LocalServer implements Server {
  readonly host = LOOPBACK
  readonly folder: string
  readonly #kind: Kind
  #port = 0
  #process: ServerProcess | undefined
  #paused = false
  #stopped = false

  constructor(kind: Kind) {
    this.#kind = kind
    this.folder = mkdtempSync(join(tmpdir(), `cachette-${kind.name}-`))
  }

  get port(): number {
    return this.#port
  }

  get pid(): number {
    return this.#current.pid
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exit === undefined
  }

  get paused(): boolean {
    return this.running && this.#paused
  }

  get log(): string {
    return this.#process?.log ?? ''
  }

  /** On a free port; that it is still free when the server binds it, only the server can say. */
  async start(): Promise<void> {
    try {
      for (let tries = 1; ; tries += 1) {
        const isLast = tries === PORTS_TRIED
        if (await this.#launch(await freePort(this.#kind.alsoPorts), isLast)) return
      }
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  pause(): void {
    this.#current.signal('SIGSTOP')
    this.#paused = true
    untilStopped(this.pid)
  }

  resume(): void {
    this.#current.signal('SIGCONT')
    this.#paused = false
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  protected async relaunch(): Promise<void> {
    if (this.#stopped) throw failed(`${this.#kind.name} on port ${this.#port} was stopped for good`)
    await this.kill()
    await this.#launch(this.#port, true)
  }

  /** False where somebody else has the port. */
  async #launch(port: number, mustBeThisPort: boolean): Promise<boolean> {
    const { name, startWithinMs } = this.#kind
    this.#port = port
    const started = new ServerProcess(await this.#kind.command(port, this.folder))
    this.#process = started
    this.#paused = false
    const ready = async (): Promise<boolean | undefined> => {
      if (started.exit !== undefined) {
        await started.heard()
        if (TAKEN.test(started.log) && !mustBeThisPort) return false
        throw new Hopeless(failed(`${name} on port ${port} ended with ${started.exit}`, started.log))
      }
      return (await this.#kind.whoAnswers(port)) === started.pid ? true : undefined
    }
    return until(`${name} on port ${port} to answer`, ready, { withinMs: startWithinMs, log: () => started.log })
  }

  get #current(): ServerProcess {
    if (this.#process === undefined) throw failed(`${this.#kind.name} has not been started`)
    return this.#process
  }
}

/** A process that is to be stopped. */
const STOPPED = /^[Tt]$/

/** How often it is looked whether it has been: each look takes some microseconds. */
const MAX_LOOKS = 100_000

/** A signal takes effect a moment later, in which a server on another core still answers. Where it can be told. */
function untilStopped(pid: number): void {
  try {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const [, state = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')
      if (STOPPED.test(state.charAt(0))) return
    }
  } catch {
    // Only Linux tells.
  }
}
