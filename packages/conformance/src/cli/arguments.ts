import type { LawId } from '@cachette/core'
import { type CheckOptions, isLaw } from '../run-options.js'
import { integer, onePath, parsed, UsageError } from './parsing.js'

export interface Arguments {
  readonly file: string
  readonly exportName: string | undefined
  readonly options: CheckOptions
  readonly json: string | undefined
  readonly badge: string | undefined
}

export const USAGE = `Holds a store, a layer, a list of layers or a codec to the laws of Cachette.

  cachette-conformance <module> [options]
  cachette-conformance crash <module> [options]   processes that may end badly; see crash --help

The module exports a subject as "subject", or a function that opens a store. A subject is one of

  { name, open }      a store
  { name, layer }     a layer
  { name, layers }    a list of layers
  { name, codec }     a codec

  --export NAME   the export to check, where there are several
  --runs N        how often each property is tried (100)
  --law K1        only this law; may be repeated
  --seed N        as an earlier report says
  --path P        as an earlier report says: only what failed is tried again; needs --law and --seed
  --json FILE     writes the report for other programs
  --badge FILE    writes an image for a README
  --help          this text

Exit codes: 0 every law holds, 1 one is broken, 2 nothing could be checked.
`

const OPTIONS = {
  export: { type: 'string' },
  runs: { type: 'string' },
  law: { type: 'string', multiple: true },
  seed: { type: 'string' },
  path: { type: 'string' },
  json: { type: 'string' },
  badge: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Undefined where help was asked for. */
export function parse(args: readonly string[]): Arguments | undefined {
  const { values, positionals } = parsed(args, OPTIONS)
  if (values.help === true) return undefined
  const file = onePath(positionals)
  const laws = values.law?.flatMap((names) => names.split(',')).map(law)
  if (values.path !== undefined && (laws?.length !== 1 || values.seed === undefined)) {
    throw new UsageError('--path needs the --law and the --seed that stand beside it in the report')
  }
  const options = {
    runs: integer('--runs', values.runs),
    seed: integer('--seed', values.seed),
    path: values.path,
    laws,
  }
  return { file, exportName: values.export, options, json: values.json, badge: values.badge }
}

function law(name: string): LawId {
  const upper = name.trim().toUpperCase()
  if (!isLaw(upper)) throw new UsageError(`--law: expected a law such as K1, got ${name}`)
  return upper
}
