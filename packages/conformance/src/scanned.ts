import type { Trial } from './check.js'
import { broken, putAll } from './expect.js'
import { brief } from './format.js'

/** Helpers of the checks that scan many keys. */

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

export async function putMany(trial: Trial, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += 100) await putAll(trial, keys.slice(from, from + 100))
}

/** The keys that a read gives: what is kept at all is for other laws to say. */
export async function thereOf(trial: Trial, keys: readonly string[]): Promise<string[]> {
  const found = await trial.store.read(keys, trial.call({ want: 'header' }))
  return keys.filter((_, index) => found[index] !== undefined)
}

export function keysOf(page: readonly (readonly [string, unknown])[]): string[] {
  return page.map(([key]) => key)
}

/** All of the keys, and none twice; others may be among what was given. */
export function expectOnce(given: readonly string[], keys: readonly string[], what: string): void {
  const seen = new Set<string>()
  for (const key of given) {
    if (seen.has(key)) broken(`${what} to give no key twice`, `key ${brief(key)} twice`)
    seen.add(key)
  }
  const lost = keys.filter((key) => !seen.has(key))
  if (lost.length === 0) return
  broken(
    `${what} to give all ${keys.length} keys that are there`,
    `${keys.length - lost.length}, without ${brief(lost[0])}`,
  )
}
