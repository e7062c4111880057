/** Results as a table for a README: ratios alone, which other machines share, and not speeds, which they do not. */

import type { GroupResult, Verdict } from './verdict.js'

export function markdown(results: readonly GroupResult[]): string {
  const rows = results.map((result) => {
    const reached = result.verdicts.map((verdict) => figure(verdict, result)).join('; ')
    return `| \`${result.name}\` | ${multiples(result)} | ${reached} |`
  })
  return ['| Group | Beside one another | To reach |', '|---|---|---|', ...rows].join('\n')
}

/** Speeds and heaps as multiples of the baseline. Sizes are the same everywhere, and times are not. */
function multiples({ rows, baseline, unit }: GroupResult): string {
  if (unit.name === 'kB') return rows.map(({ subject, median }) => `${subject} ${digits(median)} kB`).join('; ')
  const others = rows.filter(({ subject }) => subject !== baseline)
  const shown = others.map(({ subject, ratio }) => `${subject} ${ratio === undefined ? '?' : digits(ratio)}`)
  return `${baseline} 1; ${shown.join('; ')}`
}

function figure({ subject, against, atLeast, atMost, figure: value, reached }: Verdict, { unit }: GroupResult): string {
  const suffix = against === undefined ? ` ${unit.name}` : ` x ${against}`
  const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
  // A time says nothing about another machine but whether it is short enough.
  const shown = value === undefined || unit.name === 'ms' ? '' : `: ${digits(value)}${suffix}`
  return `${subject}${shown}, ${reached ? 'reached' : '**not reached**'} (${wanted}${against === undefined ? suffix : ''})`
}

function digits(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2)
}
