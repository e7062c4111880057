/** Runs the groups one after the other, each in a process of its own, and shows what came of them. */

import { availableParallelism, cpus } from 'node:os'
import manifest from '../package.json' with { type: 'json' }
import { inChild, type Task } from './harness/child.js'
import { colours, wantsColour } from './harness/colours.js'
import { costs, writeCosts } from './harness/costs.js'
import { reasonOf } from './harness/gate.js'
import type { Group, Measured, Plan, Subject } from './harness/group.js'
import { markdown } from './harness/markdown.js'
import { report } from './harness/report.js'
import { type GroupResult, judge } from './harness/verdict.js'
import { type Options, parse, USAGE, UsageError } from './options.js'

/** From where this is built as from where it is written. */
const LAYERS_README = new URL('../../middleware/README.md', import.meta.url)

export interface Output {
  readonly out: NodeJS.WriteStream
  readonly err: NodeJS.WriteStream
}

/** Gives the exit status: 1 where a subject was excluded, or, if strict, a figure was not reached. */
export async function cli(args: readonly string[], groups: readonly Group[], output: Output): Promise<number> {
  try {
    const options = parse(args, groups)
    if (options.help) {
      output.out.write(`${USAGE}\n\ngroups: ${groups.map((group) => group.name).join(', ')}\n`)
      return 0
    }
    const results = await run(options, output)
    return passed(results, options.strict) ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    output.err.write(`${error.message}\n\n${USAGE}\n`)
    return 2
  }
}

/** Tables are shown as they come; what other programs read, in one piece at the end. */
async function run({ groups, plan, shape }: Options, { out, err }: Output): Promise<readonly GroupResult[]> {
  const results: GroupResult[] = []
  for (const group of groups) {
    err.write(`> ${group.name}: ${group.subjects.length} subjects\n`)
    const result = judge(group, await measured(group, plan))
    results.push(result)
    if (shape === 'table')
      out.write(`${report(result, { colours: colours(wantsColour(out, process.env)), version })}\n`)
  }
  if (shape === 'markdown') out.write(`${markdown(results)}\n`)
  if (shape === 'costs') {
    const sentences = costs(results)
    for (const [layer, sentence] of sentences) out.write(`${layer}: ${sentence}\n`)
    for (const layer of writeCosts(LAYERS_README, sentences)) err.write(`the README has no place for ${layer}\n`)
  }
  if (shape === 'json') {
    out.write(`${JSON.stringify({ ...machine(), plan, groups: results.map(withVersions) }, null, 2)}\n`)
  }
  return results
}

/** A group whose process breaks has measured nothing, and the others are measured all the same. */
async function measured(group: Group, plan: Plan): Promise<Measured> {
  try {
    return await inChild<Measured>({ group: group.name, plan })
  } catch (error) {
    return { series: [], excluded: group.subjects.map(({ name }) => ({ subject: name, reason: reasonOf(error) })) }
  }
}

/** What a process that `inChild` started has to do. */
export function perform({ group: name, subject, plan }: Task, groups: readonly Group[]): Promise<unknown> {
  const group = groups.find((one) => one.name === name)
  if (group === undefined) throw new TypeError(`there is no group "${name}"`)
  if (subject === undefined) return group.measure(plan)
  if (group.alone === undefined) throw new TypeError(`${name} measures no subject alone`)
  return group.alone(subject, plan)
}

function passed(results: readonly GroupResult[], strict: boolean): boolean {
  return results.every(
    ({ excluded, verdicts }) => excluded.length === 0 && (!strict || verdicts.every((verdict) => verdict.reached)),
  )
}

/** Peers are pinned exactly, so what package.json says is what is installed. Of this repository, it is what lies here. */
function version(subject: Subject): string | undefined {
  const versions: Readonly<Record<string, string>> = manifest.dependencies
  const pinned = subject.package === undefined ? undefined : versions[subject.package]
  return pinned?.startsWith('workspace:') === true ? undefined : pinned
}

function withVersions(result: GroupResult): unknown {
  return { ...result, subjects: result.subjects.map((subject) => ({ ...subject, version: version(subject) })) }
}

function machine() {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
  }
}
