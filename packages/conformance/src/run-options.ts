import { LAWS, type LawId } from '@cachette/core'
import { CHECKS } from './laws/index.js'
import { checkOptions, invalid } from './options.js'
import type { Subject } from './subject.js'

export interface CheckOptions {
  /** How often each property is tried; some take a part of it. Default 100. More finds rarer faults, and takes longer. */
  readonly runs?: number | undefined
  /** Makes a run come out as it did before. Default: another each time; every report says which. */
  readonly seed?: number | undefined
  /** Tries again only what a report gave this path for; needs its seed and its law. */
  readonly path?: string | undefined
  /** Only these laws. Default: all. */
  readonly laws?: readonly LawId[] | undefined
  /** How long one trial may take, in real time, before the store counts as hung. Default 20,000. */
  readonly patienceMs?: number | undefined
}

export interface Settings {
  readonly runs: number
  readonly seed: number
  readonly path: string | undefined
  readonly laws: readonly LawId[]
  readonly patienceMs: number
}

export const DEFAULTS = { runs: 100, patienceMs: 20_000 } as const

export const ALL_LAWS: readonly LawId[] = Object.keys(LAWS).filter(isLaw)

export function parseOptions(subject: Subject<unknown>, options: CheckOptions): Settings {
  checkSubject(subject)
  checkOptions('checkStore', options, ['runs', 'seed', 'path', 'laws', 'patienceMs'])
  const { runs = DEFAULTS.runs, patienceMs = DEFAULTS.patienceMs, seed = randomSeed(), path, laws } = options
  if (!Number.isSafeInteger(runs) || runs < 1) throw invalid(`runs: expected a positive integer, got ${String(runs)}`)
  if (!Number.isSafeInteger(seed)) throw invalid(`seed: expected an integer, got ${String(seed)}`)
  if (!(patienceMs > 0)) throw invalid(`patienceMs: expected a positive number, got ${String(patienceMs)}`)
  for (const law of laws ?? []) if (!isLaw(law)) throw unknownLaw(law)
  if (path !== undefined && laws?.length !== 1)
    throw invalid('path: expected one law beside it, since it leads to a check of it')
  const wanted = ALL_LAWS.filter((law) => laws?.includes(law) ?? isHeldTo(subject, law))
  return { runs, seed, path, laws: wanted, patienceMs }
}

/** Those that there are checks of; the laws of layers only where there are layers. */
function isHeldTo(subject: Subject<unknown>, law: LawId): boolean {
  return CHECKS.some((check) => check.law === law) && (subject.dress !== undefined || !law.startsWith('Y'))
}

export function isLaw(name: string): name is LawId {
  return Object.hasOwn(LAWS, name)
}

function unknownLaw(name: string): Error {
  return invalid(`laws: expected some of ${ALL_LAWS.join(' ')}, got ${JSON.stringify(name)}`)
}

/** Subjects may carry more than the kit knows; what it knows must be right. */
function checkSubject(subject: Subject<unknown>): void {
  const { name, open, values, deviations = [], capacity = 1 } = subject
  if (typeof name !== 'string' || name === '') throw invalid('subject.name: expected a name for the report')
  if (typeof open !== 'function')
    throw invalid(`subject.open: expected a function that opens a store, got ${typeof open}`)
  if (!(capacity >= 1)) throw invalid(`subject.capacity: expected a number of entries, got ${String(capacity)}`)
  if (values !== undefined && !(values.arbitrary instanceof Object && typeof values.equal === 'function')) {
    throw invalid('subject.values: expected an arbitrary of fast-check and a function equal')
  }
  for (const { law, reason, link } of deviations) {
    if (!isLaw(law)) throw unknownLaw(law)
    if (!reason || !link) throw invalid(`subject.deviations: expected a reason and a link for ${law}`)
  }
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31)
}
