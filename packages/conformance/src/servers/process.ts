import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { guard, release } from './guard.js'
import { failed, within } from './until.js'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** Its own, and gone with it if this process ends first. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>> | undefined
}

const LOG_KEPT = 4_000
const END_WITHIN_MS = 10_000

/** A server's process: it never keeps this one alive, and never outlives it. */
export class ServerProcess {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #heard: Promise<void>
  #exit: string | undefined
  #log = ''

  constructor({ file, args, folder, env = {} }: Command) {
    this.#child = spawn(file, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#exit ??= how
        if (this.#child.pid !== undefined) release(this.#child.pid)
        resolve()
      }
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`))
      this.#child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `the signal ${signal}`))
    })
    this.#heard = new Promise((resolve) => void this.#child.once('close', () => resolve()))
    if (this.#child.pid === undefined) throw failed(`${file} could not be started`)
    this.pid = this.#child.pid
    guard(this.pid, folder)
    this.#child.unref()
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#hear(stream)
  }

  /** How it ended, if it has. */
  get exit(): string | undefined {
    return this.#exit
  }

  /** The end of what it wrote. */
  get log(): string {
    return this.#log
  }

  /** Of one that has ended: until all that it wrote has been heard. */
  async heard(): Promise<void> {
    await within(`the log of process ${this.pid} to end`, this.#heard, { withinMs: END_WITHIN_MS })
  }

  /** Does nothing to one that has ended. */
  signal(name: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(name)
  }

  /** Ends it without a chance to do anything more; a stopped one too. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await within(`process ${this.pid} to end`, this.#ended, { withinMs: END_WITHIN_MS, log: () => this.#log })
  }

  #hear(stream: Readable | null): void {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_KEPT)
    })
    if (stream instanceof Socket) stream.unref()
  }
}
