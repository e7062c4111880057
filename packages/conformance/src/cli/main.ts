import { writeFile } from 'node:fs/promises'
import { isCacheError } from '@cachette/core'
import { checkAny } from '../any-subject.js'
import { coloursFor } from '../colours.js'
import type { CrashProgress } from '../crash.js'
import { textOf } from '../report.js'
import { badgeOf } from '../report-badge.js'
import { jsonOf } from '../report-json.js'
import type { Report } from '../results.js'
import type { CheckOptions } from '../run-options.js'
import { parse, USAGE } from './arguments.js'
import { CRASH_COMMAND, CRASH_USAGE, parseCrash } from './crash-arguments.js'
import { load } from './load.js'
import { UsageError } from './parsing.js'
import { LEADS_THERE, whyUnchecked } from './unchecked.js'

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
  const report = await checkAny(subject, parsed.options).catch((error: unknown) => {
    throw isLost(error) ? new UsageError(`--path ${parsed.options.path} leads to nothing: ${LEADS_THERE}`) : error
  })
  out.write(`${textOf(report, { colours: coloursFor(out, env), importing })}\n`)
  if (parsed.json !== undefined) await writeFile(parsed.json, jsonOf(report))
  if (parsed.badge !== undefined) await writeFile(parsed.badge, badgeOf(report))
  return exitCode([report], parsed.options)
}

/** What fast-check says where a path ends before it should. */
function isLost(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unable to replay')
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
  return exitCode(reports)
}

function exitCode(reports: readonly Report[], options?: CheckOptions): number {
  const why = whyUnchecked(reports, options)
  if (why !== undefined) throw new UsageError(why)
  return reports.every((report) => report.passed) ? 0 : 1
}

/** Whoever called it wrongly needs no stack; anything else is a fault of the subject's hooks or of the kit. */
function textOfError(error: unknown): string {
  if (error instanceof UsageError || (isCacheError(error) && error.code === 'INVALID_OPTION')) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
