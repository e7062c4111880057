/** What layers cost, as their README says it. */

import { readFileSync, writeFileSync } from 'node:fs'
import { median } from './stats.js'
import type { GroupResult } from './verdict.js'

const WORDS: Readonly<Record<string, string>> = {
  'get-awaited': 'awaited `get`',
  'get-sync': 'ready `get`',
  'set-awaited': 'awaited `set`',
  'set-sync': 'ready `set`',
}

/** One sentence for each layer, by its name, from groups called `cost/<layer>-<verb>-<pace>`. */
export function costs(results: readonly GroupResult[]): ReadonlyMap<string, string> {
  const parts = new Map<string, string[]>()
  for (const result of results) {
    const [, layer = '', work = ''] = /^cost\/(.+?)-(.+)$/.exec(result.name) ?? []
    const [none, own] = result.rows
    const words = WORDS[work]
    if (words === undefined || none === undefined || own?.ratio === undefined) continue
    parts.set(layer, [...(parts.get(layer) ?? []), `${words} ${share(own.ratio, none.samples, own.samples)}`])
  }
  return new Map(
    [...parts].map(([layer, works]) => [layer, `Alone around memory, of the speed without: ${works.join(', ')}.`]),
  )
}

/** Puts the sentences where the README has a place for them. Gives the names of those that have none. */
export function writeCosts(readme: URL, sentences: ReadonlyMap<string, string>): readonly string[] {
  let text = readFileSync(readme, 'utf8')
  const homeless: string[] = []
  for (const [layer, sentence] of sentences) {
    const place = new RegExp(`<!-- cost:${layer} -->.*?<!-- /cost -->`)
    if (place.test(text)) text = text.replace(place, () => `<!-- cost:${layer} -->${sentence}<!-- /cost -->`)
    else homeless.push(layer)
  }
  writeFileSync(readme, text)
  return homeless
}

/** What a run cannot tell from nothing is said to be nothing. */
function share(ratio: number, none: readonly number[], own: readonly number[]): string {
  const percent = Math.round(ratio * 100)
  return percent >= 98 ? 'all' : `${percent} % (+${nanoseconds(none, own)} ns)`
}

/** Round by round, as the ratio is. */
function nanoseconds(none: readonly number[], own: readonly number[]): string {
  return median(own.map((speed, round) => 1e9 / speed - 1e9 / (none[round] ?? Number.NaN))).toFixed(0)
}
