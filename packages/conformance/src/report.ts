import { LAWS, type Traits } from '@cachette/core'
import { type Colours, NO_COLOURS } from './colours.js'
import { NO_HOOK } from './expect.js'
import type { Failure } from './failure.js'
import { type Opening, STORE, withOpening } from './opening.js'
import type { LawResult, Report, Status } from './results.js'

export interface TextOptions {
  readonly colours?: Colours | undefined
  /** How the subject is imported in the code that is printed. Default `import { subject } from './my-store.js'`. */
  readonly importing?: string | undefined
  /** What the code is about. Default: a store. A report says it itself. */
  readonly opening?: Opening | undefined
}

const SIGNS: Readonly<Record<Status, readonly [sign: string, colour: keyof Colours]>> = {
  passed: ['\u2713', 'green'],
  broken: ['\u2717', 'red'],
  deviates: ['\u2248', 'amber'],
  outdated: ['!', 'red'],
  notApplicable: ['\u00b7', 'dim'],
  notJudged: ['?', 'amber'],
}

/** The report as text: a line for each law, each failure in full, and the sum. */
export function textOf(report: Report, options: TextOptions = {}): string {
  const colours = options.colours ?? NO_COLOURS
  const head = `${colours.bold(report.subject)} ${colours.dim(`contract ${report.contract} · kit ${report.kit}`)}`
  const failures = report.laws.flatMap(({ status, failure }) =>
    status === 'broken' && failure !== undefined
      ? [failureText(failure, report.subject, { opening: report.opening, ...options })]
      : [],
  )
  const parts = [
    head,
    traitsLine(report.traits, colours),
    '',
    ...report.laws.flatMap((law) => lawLines(law, colours)),
    '',
  ]
  for (const failure of failures) parts.push(failure, '')
  parts.push(untriedLine(report, colours), sumLine(report, colours))
  return parts.filter((part) => part !== undefined).join('\n')
}

/** One broken law: its sentence, the calls that led there as code, what was expected, and how to see it again. */
export function failureText(failure: Failure, subject: string, options: TextOptions = {}): string {
  const colours = options.colours ?? NO_COLOURS
  return [
    `${colours.red(`\u2717 ${failure.law}`)} ${colours.bold(LAWS[failure.law])}`,
    colours.dim(`  ${subject}: ${failure.title}`),
    '',
    ...codeOf(failure, options).map((line) => (line === '' ? '' : `    ${withDimComment(cut(line), colours)}`)),
    '',
    `  expected  ${colours.green(failure.expected)}`,
    `  got       ${colours.red(failure.got)}`,
    `  replay    ${replayOf(failure)}`,
  ].join('\n')
}

export function replayOf({ law, seed, path, replay }: Failure): string {
  if (replay !== undefined) return replay
  return `--law ${law} --seed ${seed} --path ${path}`
}

/** What leads to the failure, ready to be pasted: the calls behind what they need. */
export function codeOf({ calls, replay }: Failure, options: TextOptions = {}): string[] {
  if (replay !== undefined) return [...calls]
  const { importing = "import { subject } from './my-store.js'", opening = STORE } = options
  return withOpening(calls, opening, importing)
}

const LONGEST_LINE = 220

/** A line that long is read by nobody; the replay has it whole. */
function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)} …` : line
}

function withDimComment(line: string, colours: Colours): string {
  const at = line.lastIndexOf(' // ')
  return at < 0 ? line : line.slice(0, at) + colours.dim(line.slice(at))
}

function lawLines({ law, sentence, status, trials, reason }: LawResult, colours: Colours): string[] {
  const [sign, colour] = SIGNS[status]
  const line = `${colours[colour](`${sign} ${law}`)} ${status === 'notApplicable' ? colours.dim(sentence) : sentence}`
  const after = trials > 0 ? ` ${colours.dim(String(trials))}` : ''
  const why = reason === undefined ? [] : [`     ${colours[colour](`${IN_WORDS[status]}: ${reason}`)}`]
  return [line + after, ...why]
}

/** What was not tried for want of a hook: a trait that is declared and was never exercised must not look like one that works. */
function untriedLine(report: Report, colours: Colours): string | undefined {
  const laws = report.laws.filter(({ notTried }) => notTried.some(({ reason }) => reason.startsWith(NO_HOOK)))
  const missing = laws.flatMap(({ notTried }) =>
    notTried.map(({ reason }) => reason).filter((reason) => reason.startsWith(NO_HOOK)),
  )
  const hooks = new Set(missing.flatMap((reason) => reason.slice(NO_HOOK.length).split(' and no ')))
  if (hooks.size === 0) return undefined
  return colours.dim(`Without ${[...hooks].join(', ')} not all was tried of ${laws.map(({ law }) => law).join(' ')}.`)
}

const IN_WORDS: Readonly<Record<Status, string>> = {
  passed: 'passed',
  broken: 'broken',
  deviates: 'broken, as declared',
  outdated: 'declared as broken, but it holds: remove the deviation',
  notApplicable: 'not applicable',
  notJudged: 'not judged',
}

function traitsLine(traits: Traits | undefined, colours: Colours): string | undefined {
  if (traits === undefined) return undefined
  return colours.dim(
    Object.entries(traits)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join(' · '),
  )
}

function sumLine(report: Report, colours: Colours): string {
  const count = (status: Status): number => report.laws.filter((law) => law.status === status).length
  const parts = [
    colours.green(`${count('passed')} passed`),
    ...(['broken', 'outdated', 'deviates', 'notJudged', 'notApplicable'] as const)
      .filter((status) => count(status) > 0)
      .map((status) => colours[SIGNS[status][1]](`${count(status)} ${SUMS[status]}`)),
  ]
  const seconds = (report.durationMs / 1_000).toFixed(1)
  return `${parts.join(', ')} ${colours.dim(`· ${report.trials} trials in ${seconds} s · --runs ${report.runs} --seed ${report.seed}`)}`
}

const SUMS: Readonly<Record<Exclude<Status, 'passed'>, string>> = {
  broken: 'broken',
  outdated: 'declared as broken but kept',
  deviates: 'broken as declared',
  notJudged: 'not judged',
  notApplicable: 'not applicable',
}
