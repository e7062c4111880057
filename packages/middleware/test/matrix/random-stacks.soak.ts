import { expect, test } from 'vitest'
import { draws, faultIn, judge } from './random-stacks.js'
import { stores } from './stores.js'

const MOST = 10_000
const seed = Math.floor(Math.random() * 2 ** 31)
const open = stores()

test(`hundreds of stacks at random keep the laws, or are refused for a reason (seed ${seed})`, async () => {
  const end = Date.now() + Number(process.env['CACHETTE_SOAK_SECONDS']) * 1_000
  const tally = { kept: 0, refused: 0 }
  const faults: string[] = []
  for (const draw of draws(Object.keys(open), MOST, seed)) {
    if (Date.now() > end) break
    const own = open[draw.store]
    if (own === undefined) continue
    const judged = await judge(draw, own, seed)
    tally['report' in judged ? 'kept' : 'refused'] += 1
    const fault = faultIn(draw, judged)
    if (fault !== undefined) faults.push(fault)
  }
  console.info(`${tally.kept} stacks judged, ${tally.refused} refused at construction`)
  expect(faults).toEqual([])
})
