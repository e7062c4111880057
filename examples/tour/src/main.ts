import { parseArgs } from 'node:util'
import { isCacheError } from '@cachette/core'
import { type Place, placeOf } from './place.js'
import { Stage } from './stage.js'
import type { Outcome } from './step.js'
import { fast } from './steps/fast.js'
import { gone } from './steps/gone.js'
import { killed } from './steps/killed.js'
import { kit } from './steps/kit.js'
import { late } from './steps/late.js'
import { shared } from './steps/shared.js'
import { stale } from './steps/stale.js'

const STEPS = [fast, shared, stale, late, killed, gone, kit]

const USAGE = `npm start                             takes the tour, on LMDB
npm start -- --store redis://host     on a Redis; or rediss://…, or memcached://host:port,host:port
npm start -- --json                   runs it and prints what was measured, for machines`

interface Arguments {
  readonly json: boolean
  readonly store: string | undefined
  readonly help: boolean
}

function parse(): Arguments {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, store: { type: 'string' }, help: { type: 'boolean' } },
  })
  return { json: values.json === true, store: values.store, help: values.help === true }
}

async function tour(place: Place): Promise<boolean> {
  const stage = new Stage()
  stage.open(STEPS.length, place.name)
  let failed = 0
  for (const [index, step] of STEPS.entries()) {
    stage.announce(step, index)
    const outcome = await step.run(() => place.open(step.name))
    stage.conclude(outcome)
    if (!outcome.ok) failed += 1
    if (index < STEPS.length - 1) await stage.pause()
  }
  stage.close(failed)
  return failed === 0
}

async function measure(place: Place): Promise<boolean> {
  const stops: (Pick<Outcome, 'ok' | 'facts'> & { readonly name: string; readonly title: string })[] = []
  for (const { name, title, run } of STEPS) {
    const { ok, facts } = await run(() => place.open(name))
    stops.push({ name, title, ok, facts })
  }
  process.stdout.write(`${JSON.stringify({ store: place.name, stops }, null, 2)}\n`)
  return stops.every(({ ok }) => ok)
}

async function travel({ json, store, help }: Arguments): Promise<boolean> {
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return true
  }
  const place = placeOf(store)
  await place.check()
  try {
    return await (json ? measure(place) : tour(place))
  } finally {
    await place.clean()
  }
}

/** Of a mistake in the command line, what there is to say of it; nothing of anything else. */
function misuse(error: unknown): string | undefined {
  if (isCacheError(error) && (error.code === 'INVALID_OPTION' || error.message.includes('--store')))
    return error.message
  const isUnknown = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  return isUnknown ? error.message : undefined
}

try {
  if (!(await travel(parse()))) process.exitCode = 1
} catch (error) {
  const wrong = misuse(error)
  if (wrong === undefined) throw error
  process.stderr.write(`${wrong}\n\n${USAGE}\n`)
  process.exitCode = 2
}
