import { resolve } from 'node:path'
import type { CrashOptions } from '../crash.js'
import { integer, onePath, parsed } from './parsing.js'

export const CRASH_COMMAND = 'crash'

export interface CrashArguments {
  readonly options: CrashOptions
  readonly json: string | undefined
  readonly badge: string | undefined
}

export const CRASH_USAGE = `Kills processes that write to a store, and checks what is there afterwards.

  cachette-conformance crash <module> [options]

The module exports a subject ({ name, open(path) }) as "crashSubject". Node must be able to import it as it is.

  --export NAME    the export to check
  --kills N        how often a process is killed (20)
  --seed N         as an earlier report says
  --patience N     how many milliseconds a process may say nothing (10000)
  --json FILE      writes the report for other programs
  --badge FILE     writes an image for a README
  --help           this text

Exit codes: 0 every law holds, 1 one is broken, 2 nothing could be checked.
`

const OPTIONS = {
  export: { type: 'string' },
  kills: { type: 'string' },
  seed: { type: 'string' },
  patience: { type: 'string' },
  json: { type: 'string' },
  badge: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Undefined where help was asked for. */
export function parseCrash(args: readonly string[]): CrashArguments | undefined {
  const { values, positionals } = parsed(args, OPTIONS)
  if (values.help === true) return undefined
  const options = {
    module: resolve(onePath(positionals)),
    exportName: values.export,
    kills: integer('--kills', values.kills),
    seed: integer('--seed', values.seed),
    patienceMs: integer('--patience', values.patience),
  }
  return { options, json: values.json, badge: values.badge }
}
