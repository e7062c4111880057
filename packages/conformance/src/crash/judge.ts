import type { Traits } from '@cachette/core'
import { code } from '../format.js'
import type { Finding } from './finding.js'
import { ALL_GROUPS, ALL_KEYS } from './keys.js'
import type { Ledger } from './ledger.js'
import { nameOf, type Sighting } from './values.js'
import type { Survey } from './wire.js'

type Seen = ReadonlyMap<string, Sighting>

/** Holds what a store shows against what it may; where that is right, it must show it from then on. */
export function judgeSurvey(survey: Survey, ledger: Ledger, traits: Traits): Finding | undefined {
  const seen: Seen = new Map(survey.found.map((sighting) => [sighting.key, sighting]))
  const finding =
    first(ALL_KEYS, (key) => unexplained(key, seen.get(key), ledger, traits)) ??
    (traits.atomicBatch && traits.evicts === 'no'
      ? first(ALL_GROUPS, (keys) => half(keys, seen, ledger))
      : undefined) ??
    scannedOtherwise(survey.scanned, seen, ledger) ??
    leftBehind(survey.leftovers)
  if (finding === undefined) for (const key of ALL_KEYS) ledger.settle(key, seen.get(key))
  return finding
}

function unexplained(key: string, sighting: Sighting | undefined, ledger: Ledger, traits: Traits): Finding | undefined {
  if (sighting === undefined && traits.evicts !== 'no') return undefined
  if (ledger.explains(key, sighting)) return undefined
  const isTorn = sighting !== undefined && 'wrong' in sighting
  return {
    law: 'L3',
    title: isTorn ? 'every value is whole after a kill' : 'what was acknowledged is there after a kill',
    expected: `key ${code(key)} to hold ${ledger.allowed(key)}`,
    got: inWords(sighting),
    story: ledger.story(key),
  }
}

function half(keys: readonly string[], seen: Seen, ledger: Ledger): Finding | undefined {
  const held = keys.map((key) => inWords(seen.get(key)))
  if (new Set(held).size === 1) return undefined
  const [key = ''] = keys
  return {
    law: 'B4',
    title: 'a batch is there whole after a kill, or not at all',
    expected: `keys ${keys.map(code).join(', ')} to hold the same write`,
    got: held.join(', '),
    story: ledger.story(key),
  }
}

function scannedOtherwise(scanned: readonly Sighting[] | null, seen: Seen, ledger: Ledger): Finding | undefined {
  if (scanned === null) return undefined
  const inScan = new Map<string, string[]>()
  for (const one of scanned) inScan.set(one.key, [...(inScan.get(one.key) ?? []), inWords(one)])
  return first([...new Set([...ALL_KEYS, ...inScan.keys()])], (key) => {
    const read = inWords(seen.get(key))
    const given = (inScan.get(key) ?? [inWords(undefined)]).join(' and ')
    if (given === read) return undefined
    return {
      law: 'S1',
      title: 'a scan after a kill gives what reads give',
      expected: `key ${code(key)} in a scan as in a read: ${read}`,
      got: given,
      story: ledger.story(key),
    }
  })
}

function leftBehind(leftovers: readonly string[] | null): Finding | undefined {
  if (leftovers === null || leftovers.length === 0) return undefined
  return {
    law: 'L3',
    title: 'what a kill left behind is swept',
    expected: 'no leftovers once it has opened',
    got: leftovers.slice(0, 5).join(', '),
    story: [],
  }
}

function inWords(sighting: Sighting | undefined): string {
  if (sighting === undefined) return 'nothing'
  return 'wrong' in sighting ? sighting.wrong : `write ${nameOf(sighting.write)}`
}

function first<T>(items: readonly T[], judge: (item: T) => Finding | undefined): Finding | undefined {
  for (const item of items) {
    const finding = judge(item)
    if (finding !== undefined) return finding
  }
  return undefined
}
