/** What the command line may say. */

import { parseArgs } from 'node:util'
import type { Group, Plan } from './harness/group.js'

export interface Options {
  readonly groups: readonly Group[]
  readonly plan: Plan
  readonly shape: 'table' | 'json' | 'markdown' | 'costs'
  readonly strict: boolean
  readonly help: boolean
}

export const DEFAULTS: Plan = { rounds: 11, seconds: 8, seed: 20, keys: 10_000 }

const NUMBERS = ['rounds', 'seconds', 'seed', 'keys'] as const

export const USAGE = `pnpm bench [name…] [options]

  name            a group (memory/get) or an area of groups (memory); default: all but what is measured only by name (cost)
  --rounds N      samples of each subject (default ${DEFAULTS.rounds})
  --seconds S     measuring time of each timed group (default ${DEFAULTS.seconds})
  --seed N        of keys, values and the order in which they are asked for (default ${DEFAULTS.seed})
  --keys N        distinct keys of each timed group (default ${DEFAULTS.keys})
  --json          results with all samples as JSON on stdout
  --markdown      ratios alone, as a table for a README
  --costs         what each layer costs alone, written into the README of the layers; default: all layers
  --strict        exit 1 also where a figure is not reached
  --help          this text and the names of all groups`

/** A mistake of whoever typed the command: shown without a stack. */
export class UsageError extends Error {}

export function parse(args: readonly string[], all: readonly Group[]): Options {
  const { values, positionals } = parsed(args)
  const plan = { ...DEFAULTS }
  for (const name of NUMBERS) if (values[name] !== undefined) plan[name] = positive(name, values[name])
  return {
    groups: selected(positionals, all, values.costs),
    plan,
    shape: shapeOf(values),
    strict: values.strict,
    help: values.help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((arg) => arg !== '--'), // npm leaves it in where pnpm takes it out
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
        keys: { type: 'string' },
        json: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        costs: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function shapeOf(given: Readonly<Record<'json' | 'markdown' | 'costs', boolean>>): Options['shape'] {
  const [shape = 'table', other] = (['json', 'markdown', 'costs'] as const).filter((name) => given[name])
  if (other !== undefined) throw new UsageError(`expected --${shape} or --${other}, got both`)
  return shape
}

/** Where none is named: those that are measured without being named, or for the costs all others. */
function selected(names: readonly string[], all: readonly Group[], costs: boolean): readonly Group[] {
  for (const name of names) {
    if (all.some((group) => matches(group, name))) continue
    throw new UsageError(
      `expected the name of a group or area, got "${name}"; there are ${all.map((group) => group.name).join(', ')}`,
    )
  }
  if (names.length === 0) return all.filter(({ onDemand = false }) => onDemand === costs)
  return all.filter((group) => names.some((name) => matches(group, name)))
}

function matches(group: Group, name: string): boolean {
  return group.name === name || group.name.startsWith(`${name}/`)
}

function positive(name: (typeof NUMBERS)[number], text: string): number {
  const value = Number(text)
  const whole = name !== 'seconds'
  if (!(value > 0 && Number.isFinite(value)) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${name}: expected a positive ${whole ? 'whole ' : ''}number, got "${text}"`)
  }
  return value
}
