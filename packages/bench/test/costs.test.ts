import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { layerCosts } from '../src/groups/layer-costs.js'
import { costs, writeCosts } from '../src/harness/costs.js'
import { judge } from '../src/harness/verdict.js'

const folder = mkdtempSync(join(tmpdir(), 'cachette-costs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As if each round had measured these nanoseconds. */
function result(name: string, none: readonly number[], own: readonly number[]) {
  const group = layerCosts.find((one) => one.name === name)
  if (group === undefined) throw new TypeError(`there is no group ${name}`)
  const series = [none, own].map((times, index) => ({
    subject: group.subjects[index]?.name ?? '',
    samples: times.map((ns) => 1e9 / ns),
  }))
  return judge(group, { series, excluded: [] })
}

it('says what a layer costs, by share and in nanoseconds, round by round', () => {
  const said = costs([
    result('cost/stats-get-awaited', [200, 400, 200], [220, 440, 300]),
    result('cost/stats-set-sync', [100], [80]),
    result('cost/tracing-get-sync', [100], [100]),
  ])
  expect([...said]).toEqual([
    ['stats', 'Alone around memory, of the speed without: awaited `get` 91 % (+40 ns), ready `set` all.'],
    ['tracing', 'Alone around memory, of the speed without: ready `get` all.'],
  ])
})

it('says nothing of what was not measured', () => {
  expect(costs([judge(layerCosts[0] ?? expect.unreachable(), { series: [], excluded: [] })]).size).toBe(0)
})

it('writes it where there is a place for it, again and again', () => {
  const file = join(folder, 'README.md')
  writeFileSync(file, 'Cost. <!-- cost:stats --><!-- /cost --> More.\n<!-- cost:statsx -->stays<!-- /cost -->\n')
  const readme = pathToFileURL(file)
  expect(writeCosts(readme, new Map([['stats', 'first']]))).toEqual([])
  expect(
    writeCosts(
      readme,
      new Map([
        ['stats', 'costs $& 5'],
        ['unknown', 'x'],
      ]),
    ),
  ).toEqual(['unknown'])
  expect(readFileSync(file, 'utf8')).toBe(
    'Cost. <!-- cost:stats -->costs $& 5<!-- /cost --> More.\n<!-- cost:statsx -->stays<!-- /cost -->\n',
  )
})

it('has a place in the README of the layers for each that it measures', () => {
  const readme = readFileSync(new URL('../../middleware/README.md', import.meta.url), 'utf8')
  const layers = layerCosts.map(({ name }) => /^cost\/(.+?)-/.exec(name)?.[1] ?? '')
  const described = layers.filter((layer) => readme.includes(`\n### ${layer}\n`))
  expect(described).not.toEqual([])
  for (const layer of described) expect(readme).toContain(`<!-- cost:${layer} -->`)
})
