/** What layers cost, as their README says it. */

import { readFileSync, writeFileSync } from 'node:fs'
import { median } from './stats.js'
import type { GroupResult } from './verdict.js'

const WORDS: Readonly<Record<string, string>> = {
  'get-awaited': 'an awaited `get`',
  'get-sync': 'a ready `get`',
  'set-awaited': 'an awaited `set`',
  'set-sync': 'a ready `set`',
}

/** One sentence for each layer, by its name, from groups called `cost/<layer>-<verb>-<pace>`. */
export function costs(results: readonly GroupResult[]): ReadonlyMap<string, string> {
  const parts = new Map<string, string[]>()
  for (const result of results) {
    const [, layer = '', work = ''] = /^cost\/(.+?)-(.+)$/.exec(result.name) ?? []
    const [none, own] = result.rows
    const words = WORDS[work]
    if (words === undefined || none === undefined || own?.ratio === undefined) continue
    parts.set(layer, [
      ...(parts.get(layer) ?? []),
      `${words} ${share(own.ratio)} (${nanoseconds(none.samples, own.samples)})`,
    ])
  }
  return new Map(
    [...parts].map(([layer, works]) => [layer, `Alone around memory: ${works.join(', ')} of its speed without.`]),
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

function share(ratio: number): string {
  return `${(ratio * 100).toFixed(0)} %`
}

/** Round by round, as the ratio is. */
function nanoseconds(none: readonly number[], own: readonly number[]): string {
  const more = median(own.map((speed, round) => 1e9 / speed - 1e9 / (none[round] ?? Number.NaN)))
  return `${more < 0 ? '−' : '+'}${Math.abs(more).toFixed(0)} ns`
}
