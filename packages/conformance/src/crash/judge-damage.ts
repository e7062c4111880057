import { code } from '../format.js'
import type { Finding } from './finding.js'
import { ALL_KEYS } from './keys.js'
import type { Ledger } from './ledger.js'
import { nameOf, type Sighting } from './values.js'
import type { Examination } from './wire.js'

const TRUE_OR_NOTHING = 'a damaged store never gives a wrong value'

/** What a damaged store must not do: give what nobody wrote, refuse without a typed error, or forget what it takes now. */
export function judgeExamination(
  examination: Examination,
  ledger: Ledger,
  story: readonly string[],
): Finding | undefined {
  const { found, scanned, refusals, wrong } = examination
  for (const sighting of [...found, ...scanned]) {
    const got = lieIn(sighting, ledger)
    if (got === undefined) continue
    const expected = `key ${code(sighting.key)} to hold what was written to it, or nothing`
    return { law: 'F2', title: TRUE_OR_NOTHING, expected, got, story: [...story, ...ledger.story(sighting.key)] }
  }
  const [key] = wrong
  if (key !== undefined) {
    const expected = `key ${code(key)} to hold what was just acknowledged`
    return { law: 'F2', title: 'a damaged store keeps what it takes', expected, got: 'something else', story }
  }
  const untyped = refusals.find((refusal) => refusal.code === undefined)
  if (untyped === undefined) return undefined
  return {
    law: 'F1',
    title: 'a store that cannot do something says so with a typed error',
    expected: `a CacheError from ${untyped.during}`,
    got: untyped.message,
    story,
  }
}

/** In words: how much of a damaged store was as it had been. */
export function outcomeOf(examination: Examination, ledger: Ledger): string {
  const seen = new Map(examination.found.map((sighting) => [sighting.key, sighting]))
  const kept = ALL_KEYS.filter((key) => ledger.explains(key, seen.get(key))).length
  const codes = [...new Set(examination.refusals.map((refusal) => refusal.code ?? refusal.message))]
  const refused = codes.length === 0 ? '' : `, refused with ${codes.join(', ')}`
  return `${kept} of ${ALL_KEYS.length} keys as they were${refused}`
}

function lieIn(sighting: Sighting, ledger: Ledger): string | undefined {
  if ('wrong' in sighting) return sighting.wrong
  if (ledger.everWrote(sighting.key, sighting.write)) return undefined
  return `write ${nameOf(sighting.write)}, which never was for this key`
}
