import { writeFile } from 'node:fs/promises'
import { isCacheError } from '@cachette/core'
import { checkAny } from '../any-subject.js'
import { coloursFor } from '../colours.js'
import type { CrashProgress } from '../crash.js'
import { textOf } from '../report.js'
import { badgeOf } from '../report-badge.js'
import { jsonOf } from '../report-json.js'
import type { Report } from '../results.js'
import { type Arguments, parse, USAGE } from './arguments.js'
import { CRASH_COMMAND, CRASH_USAGE, parseCrash } from './crash-arguments.js'
import { load } from './load.js'
import { UsageError } from './parsing.js'

/** Where the program writes to. */
export interface Terminal {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean | undefined }
  readonly err: { write(text: string): unknown }
  readonly env: Readonly<Record<string, string | undefined>>
}

const PROCESS: Terminal = { out: process.stdout, err: process.stderr, env: process.env }

/** The whole program; gives the exit code. */
export async function main(args: readonly string[], terminal: Terminal = PROCESS): Promise<number> {
  try {
    return await run(args, terminal)
  } catch (error) {
    terminal.err.write(`cachette-conformance: ${textOfError(error)}\n`)
    if (error instanceof UsageError) terminal.err.write('Try cachette-conformance --help.\n')
    return 2
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [command, ...rest] = args
  return command === CRASH_COMMAND ? runCrash(rest, terminal) : runLaws(args, terminal)
}

async function runLaws(args: readonly string[], { out, env }: Terminal): Promise<number> {
  const parsed = parse(args)
  if (parsed === undefined) {
    out.write(USAGE)
    return 0
  }
  const { subject, importing } = await load(parsed.file, parsed.exportName)
  const report = await checkAny(subject, parsed.options)
  out.write(`${textOf(report, { colours: coloursFor(out, env), importing })}\n`)
  return written(report, parsed)
}

async function runCrash(args: readonly string[], { out, err, env }: Terminal): Promise<number> {
  const parsed = parseCrash(args)
  if (parsed === undefined) {
    out.write(CRASH_USAGE)
    return 0
  }
  const reports: Report[] = []
  const onProgress = ({ done, of, what }: CrashProgress): unknown => err.write(`${done}/${of} ${what}\n`)
  for (const { title, run } of parsed.parts) {
    err.write(`${title}\n`)
    const report = await run({ ...parsed.options, onProgress })
    reports.push(report)
    out.write(`${textOf(report, { colours: coloursFor(out, env) })}\n\n`)
  }
  if (parsed.json !== undefined) await writeFile(parsed.json, `[${reports.map(jsonOf).join(',')}]\n`)
  return reports.every((report) => report.passed) ? 0 : 1
}

async function written(report: Report, { json, badge }: Pick<Arguments, 'json' | 'badge'>): Promise<number> {
  if (json !== undefined) await writeFile(json, jsonOf(report))
  if (badge !== undefined) await writeFile(badge, badgeOf(report))
  return report.passed ? 0 : 1
}

/** Whoever called it wrongly needs no stack; anything else is a fault of the subject's hooks or of the kit. */
function textOfError(error: unknown): string {
  if (error instanceof UsageError || (isCacheError(error) && error.code === 'INVALID_OPTION')) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
