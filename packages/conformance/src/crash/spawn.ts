import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { CHILD_COMMAND, type Job, type Message, told } from './wire.js'

/** How a child is run. */
export interface Program {
  /** Of the kit's program. */
  readonly url: string
  /** For Node itself, such as `--import` with a loader. */
  readonly execArgv: readonly string[]
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote to its standard error. */
  readonly stderr: string
}

export interface Child {
  /** After it has ended and all that it told has been heard. */
  readonly exit: Promise<Exit>
  kill(): void
  /** A line that it can read from its standard input. */
  say(line: string): void
}

const STDERR_KEPT = 2_000

/** Starts a child, and hears what it tells, line by line. */
export function start(program: Program, job: Job, hear: (message: Message) => void): Child {
  const args = [...program.execArgv, fileURLToPath(program.url), CHILD_COMMAND, JSON.stringify(job)]
  const process_ = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe', 'pipe'] })
  let stderr = ''
  process_.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT)
  })
  hearLines(process_.stdio[3] as Readable, (line) => hear(told(line)))
  const exit = new Promise<Exit>((resolve, reject) => {
    process_.once('error', reject)
    // It comes after the end of every pipe.
    process_.once('close', (code, signal) => resolve({ code, signal, stderr }))
  })
  // One that has gone hears nothing more.
  process_.stdin?.on('error', () => undefined)
  return { exit, kill: () => void process_.kill('SIGKILL'), say: (line) => void process_.stdin?.write(`${line}\n`) }
}

/** Whole lines alone: a kill may cut the last one. */
function hearLines(pipe: Readable, hear: (line: string) => void): void {
  let rest = ''
  pipe.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
}

/** How the parent was run, but for what only it can be: code on its command line, and a debugger's port. */
export function inheritedArguments(): readonly string[] {
  const own = process.execArgv
  if (own.some((argument) => /^(-e|-p|-pe|--eval|--print)$/.test(argument))) return []
  return own.filter((argument) => !argument.startsWith('--inspect'))
}

export function inWords({ code, signal }: Exit): string {
  return `the process ended with ${signal === null ? `exit code ${String(code)}` : `the signal ${signal}`}`
}
