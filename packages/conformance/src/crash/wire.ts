import { writeSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { isCacheError, type Traits } from '@cachette/core'
import type { HistoryOperation } from '../history/operations.js'
import type { Deviation } from '../subject.js'
import type { CrashSubject, SubjectPlace } from './subject.js'
import type { Sighting } from './values.js'

/** Named first in the arguments of the kit's program, it makes it a child of a check. */
export const CHILD_COMMAND = 'crash-child'

/** What a child is told to do, as its argument. */
export interface WriteJob extends SubjectPlace {
  readonly task: 'write'
  readonly path: string
  readonly seed: number
  /** Numbers its writes. */
  readonly round: number
  /** How many writes it makes before it closes; `null` for as many as it can before it is killed. */
  readonly writes: number | null
}

/** Tries everything with a store that may be damaged. */
export interface ExamineJob extends SubjectPlace {
  readonly task: 'examine'
  readonly path: string
  /** Numbers its writes. */
  readonly round: number
  /** Who it becomes before it opens the store. */
  readonly user?: number | undefined
}

/** Fills a small disk, and goes on once there is room. */
export interface FillJob extends SubjectPlace {
  readonly task: 'fill'
  readonly path: string
  readonly round: number
  /** A file on the same disk, whose removal makes room. */
  readonly ballast: string
}

/** Reads and writes what others do too, once it is told on its standard input when the first round begins. */
export interface ShareJob extends SubjectPlace {
  readonly task: 'share'
  readonly path: string
  readonly seed: number
  /** Who it is; with threads, the first of them. */
  readonly client: number
  /** How many threads do it; 0 for itself. */
  readonly threads: number
  readonly rounds: number
  /** Whether conditions hold between processes. */
  readonly conditional: boolean
  /** Only reads all that is left. */
  readonly last: boolean
}

export type Job = WriteJob | ExamineJob | FillJob | ShareJob

/** What a child did not manage, in words that survive it. */
export interface Trouble {
  readonly during: string
  readonly message: string
  /** Of a `CacheError`. */
  readonly code?: string | undefined
  readonly outcome?: 'none' | 'unknown' | undefined
  readonly stack?: string | undefined
}

/** What a child tells. `begin` comes before a write is made, `end` after it was awaited, and never otherwise. */
export type Message =
  | { readonly is: 'opening'; readonly subject: SubjectFacts }
  | { readonly is: 'open'; readonly traits: Traits }
  | Survey
  | Begin
  | { readonly is: 'end'; readonly write: number }
  | ({ readonly is: 'refused'; readonly write: number } & Trouble)
  | { readonly is: 'step'; readonly during: string }
  | ({ readonly is: 'examined' } & Examination)
  | History
  | { readonly is: 'done' }
  | ({ readonly is: 'trouble' } & Trouble)

export type SubjectFacts = Pick<CrashSubject, 'name'> & { readonly deviations: readonly Deviation[] }

/** All that a store shows: of each key, in a scan, and what it left lying about. */
export interface Survey {
  readonly is: 'survey'
  readonly found: readonly Sighting[]
  /** `null` where the store cannot scan. */
  readonly scanned: readonly Sighting[] | null
  /** `null` where the subject does not say. */
  readonly leftovers: readonly string[] | null
}

/** What a client did and was told. */
interface History {
  readonly is: 'history'
  readonly operations: readonly HistoryOperation<string>[]
  readonly failures: readonly Trouble[]
}

/** What came of trying everything. */
export interface Examination {
  readonly found: readonly Sighting[]
  readonly scanned: readonly Sighting[]
  /** What was answered with a failure. */
  readonly refusals: readonly Trouble[]
  /** Keys whose writes were acknowledged. */
  readonly taken: readonly string[]
  /** Keys that did not hold what had just been written to them. */
  readonly wrong: readonly string[]
}

export interface Begin {
  readonly is: 'begin'
  readonly write: number
  readonly keys: readonly string[]
  /** In words, for the story of a failure. */
  readonly what: string
  /** False for a removal. */
  readonly puts: boolean
}

/** The pipe beside the three that every process has: nothing else writes to it. */
const PIPE = 3

/** At once and before all else: what is told is in the pipe when this returns, whatever becomes of the process. A thread tells its process. */
export function tell(message: Message): void {
  if (parentPort !== null) {
    parentPort.postMessage(message)
    return
  }
  const line = Buffer.from(`${JSON.stringify(message, infinite)}\n`)
  for (let at = 0; at < line.length; ) at += writeSome(line, at)
}

function writeSome(line: Buffer, at: number): number {
  try {
    return writeSync(PIPE, line, at)
  } catch (error) {
    // A full pipe of a system where it does not block.
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0
    throw error
  }
}

export function told(line: string): Message {
  return JSON.parse(line, (_, value: unknown) => (value === INFINITE ? Infinity : value)) as Message
}

/** JSON has no number for it. */
const INFINITE = '\u221e'

function infinite(_: string, value: unknown): unknown {
  return value === Infinity ? INFINITE : value
}

export function troubleOf(during: string, error: unknown): Trouble {
  return {
    during,
    message: error instanceof Error ? error.message : String(error),
    ...(isCacheError(error) && { code: error.code, outcome: error.outcome }),
    ...(error instanceof Error && error.stack !== undefined && { stack: error.stack }),
  }
}
