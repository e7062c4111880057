import { resolve } from 'node:path'
import { CRASH_CHECKS, type CrashSuiteOptions, partsOf, type SuitePart } from '../crash-suite.js'
import { integer, onePath, parsed } from './parsing.js'

export const CRASH_COMMAND = 'crash'

export interface CrashArguments {
  readonly parts: readonly SuitePart[]
  readonly options: CrashSuiteOptions
  readonly json: string | undefined
}

export const CRASH_USAGE = `Tries a store in processes of their own: kills, damage, disks, sharing.

  cachette-conformance crash <module> [options]

The module exports a subject ({ name, open(path) }) as "crashSubject". Node must be able to import it as it is.

  --export NAME    the export to check
  --only NAME      only this: ${CRASH_CHECKS.join(', ')}; may be repeated
  --kills N        how often a process is killed (20)
  --damages N      how many damaged copies are opened (40)
  --processes N    how many processes share a path (3)
  --threads N      how many threads of one more process do too (2)
  --duration MS    for how long they do (1500)
  --seed N         as an earlier report says
  --patience MS    for how long a process may say nothing (10000)
  --json FILE      writes the reports for other programs
  --help           this text

Exit codes: 0 every law holds, 1 one is broken, 2 nothing could be checked.
`

const OPTIONS = {
  export: { type: 'string' },
  only: { type: 'string', multiple: true },
  kills: { type: 'string' },
  damages: { type: 'string' },
  processes: { type: 'string' },
  threads: { type: 'string' },
  duration: { type: 'string' },
  seed: { type: 'string' },
  patience: { type: 'string' },
  json: { type: 'string' },
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
    damages: integer('--damages', values.damages),
    processes: integer('--processes', values.processes),
    threads: integer('--threads', values.threads),
    durationMs: integer('--duration', values.duration),
    seed: integer('--seed', values.seed),
    patienceMs: integer('--patience', values.patience),
  }
  const parts = partsOf(values.only?.flatMap((names) => names.split(',')))
  return { parts, options, json: values.json }
}
