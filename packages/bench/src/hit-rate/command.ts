/** Replays traces through the eviction policies, and shows how often each would have had what was asked for. */

import { parseArgs } from 'node:util'
import type { Output } from '../cli.js'
import { UsageError } from '../options.js'
import { POLICIES } from './policies.js'
import { hitPercent } from './replay.js'
import type { Row } from './row.js'
import { table } from './table.js'
import { type Trace, tracesIn } from './traces.js'

const USAGE = `pnpm bench:hitrate DIR [--json]

  DIR      replays each *.txt.gz in it, one key on a line, at the sizes in DIR/hit-rates.json,
           or else at 1, 3 and 10 % of the distinct keys
  --json   rows { trace, size, policy, hitPercent } on stdout, instead of a table`

/** Gives the exit status. */
export function hitRates(args: readonly string[], { out, err }: Output): number {
  try {
    const { folder, json } = parsed(args)
    const rows: Row[] = []
    for (const trace of tracesIn(folder)) {
      const own = [...rowsOf(trace)]
      if (!json) out.write(table(own))
      rows.push(...own)
    }
    out.write(json ? `${JSON.stringify(rows, null, 2)}\n` : table(averages(rows)))
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    err.write(`${error.message}\n\n${USAGE}\n`)
    return 2
  }
}

function parsed(args: readonly string[]): { readonly folder: string; readonly json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: args.filter((arg) => arg !== '--'),
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    })
    const [folder, ...rest] = positionals
    if (folder === undefined || rest.length > 0) throw new UsageError('expected one folder of traces')
    return { folder, json: values.json }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function* rowsOf(trace: Trace): Generator<Row> {
  for (const size of trace.sizes) {
    for (const [policy, make] of Object.entries(POLICIES)) {
      yield { trace: trace.name, size, policy, hitPercent: rounded(hitPercent(trace.keys, size, make)) }
    }
  }
}

function averages(rows: readonly Row[]): readonly Row[] {
  return Object.keys(POLICIES).map((policy) => {
    const own = rows.filter((row) => row.policy === policy)
    const sum = own.reduce((total, row) => total + row.hitPercent, 0)
    return { trace: 'average', size: 0, policy, hitPercent: rounded(sum / own.length) }
  })
}

function rounded(percent: number): number {
  return Math.round(percent * 100) / 100
}
