import { parseArgs } from 'node:util'
import { Stage } from './stage.js'
import type { Outcome } from './step.js'
import { fast } from './steps/fast.js'
import { killed } from './steps/killed.js'
import { kit } from './steps/kit.js'
import { late } from './steps/late.js'
import { shared } from './steps/shared.js'
import { stale } from './steps/stale.js'

const STEPS = [fast, shared, stale, late, killed, kit]

const USAGE = `npm start            takes the tour
npm start -- --json  runs it and prints what was measured, for machines`

interface Arguments {
  readonly json: boolean
  readonly help: boolean
}

function parse(): Arguments {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } })
  return { json: values.json === true, help: values.help === true }
}

async function tour(): Promise<boolean> {
  const stage = new Stage()
  stage.open(STEPS.length)
  let failed = 0
  for (const [index, step] of STEPS.entries()) {
    stage.announce(step, index)
    const outcome = await step.run()
    stage.conclude(outcome)
    if (!outcome.ok) failed += 1
    if (index < STEPS.length - 1) await stage.pause()
  }
  stage.close(failed)
  return failed === 0
}

async function measure(): Promise<boolean> {
  const stops: (Pick<Outcome, 'ok' | 'facts'> & { readonly name: string; readonly title: string })[] = []
  for (const { name, title, run } of STEPS) {
    const { ok, facts } = await run()
    stops.push({ name, title, ok, facts })
  }
  process.stdout.write(`${JSON.stringify({ stops }, null, 2)}\n`)
  return stops.every(({ ok }) => ok)
}

try {
  const { json, help } = parse()
  if (help) process.stdout.write(`${USAGE}\n`)
  else if (!(await (json ? measure() : tour()))) process.exitCode = 1
} catch (error) {
  const wrongUse = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  if (!wrongUse) throw error
  process.stderr.write(`${error.message}\n\n${USAGE}\n`)
  process.exitCode = 2
}
