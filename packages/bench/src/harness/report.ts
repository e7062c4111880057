/** A group's result as a table for people. */

import type { Colours } from './colours.js'
import type { Subject, Unit } from './group.js'
import type { GroupResult, Row, Verdict } from './verdict.js'

export interface ReportOptions {
  readonly colours: Colours
  /** Of a subject's package, as installed. */
  readonly version: (subject: Subject) => string | undefined
}

export function report(result: GroupResult, { colours, version }: ReportOptions): string {
  const { unit, rows, baseline } = result
  const best = Math[unit.better === 'more' ? 'max' : 'min'](...rows.map((row) => row.median))
  const head = ['', unit.name, 'spread', ...(unit.name === 'calls/s' ? ['ns each'] : []), `x ${baseline}`]
  const cells = rows.map((row) => cellsOf(row, unit))
  const lines = aligned([head, ...cells]).map((line, at) => {
    if (at === 0) return colours.dim(line)
    return rows[at - 1]?.median === best ? colours.bold(line) : line
  })
  const failures = result.excluded.map(({ subject, reason }) => colours.red(`excluded: ${subject}: ${reason}`))
  const verdicts = result.verdicts.map((verdict) => verdictLine(verdict, unit, colours))
  const notes = aligned(
    result.subjects.map((subject) => [named(subject, version(subject)), subject.options]),
    'left',
  )
  return [
    `${colours.bold(result.name)}  ${result.title}${result.time === undefined ? '' : `, by ${result.time} time`}`,
    ...[...lines, ...failures, ...verdicts].map((line) => `  ${line}`),
    colours.dim('  set up as'),
    ...notes.map((line) => colours.dim(`    ${line}`)),
    '',
  ].join('\n')
}

function cellsOf(row: Row, unit: Unit): string[] {
  const each = unit.name === 'calls/s' ? [(1e9 / row.median).toFixed(row.median > 1e7 ? 1 : 0)] : []
  return [row.subject, amount(row.median, unit), `${(row.spread * 100).toFixed(0)} %`, ...each, times(row.ratio)]
}

function verdictLine(verdict: Verdict, unit: Unit, colours: Colours): string {
  const { subject, against, atLeast, atMost, figure, reached } = verdict
  const shown = (value: number) =>
    against === undefined ? `${amount(value, unit)} ${unit.name}` : `${value.toFixed(2)} x`
  const wanted = [
    atLeast !== undefined && `at least ${shown(atLeast)}`,
    atMost !== undefined && `at most ${shown(atMost)}`,
  ]
  const peer = against === undefined ? '' : ` ${against}`
  const text = `${subject}: ${figure === undefined ? 'not measured' : shown(figure)}${peer}, to reach ${wanted.filter(Boolean).join(' and ')}`
  return reached ? colours.green(`+ ${text}`) : colours.red(`- ${text}`)
}

/** Three digits, with a prefix for large speeds. */
function amount(value: number, unit: Unit): string {
  if (unit.name === 'calls/s' && value >= 1e6) return `${digits(value / 1e6)} M`
  if (unit.name === 'calls/s' && value >= 1e3) return `${digits(value / 1e3)} k`
  return digits(value)
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function times(value: number | undefined): string {
  return value === undefined ? '' : value.toPrecision(3)
}

function named(subject: Subject, version: string | undefined): string {
  return version === undefined ? subject.name : `${subject.name} (${subject.package} ${version})`
}

/** The first column to the left, the others to the right, or all to the left. */
function aligned(rows: readonly (readonly string[])[], others: 'left' | 'right' = 'right'): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || others === 'left' ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
