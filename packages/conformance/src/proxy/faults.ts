import { checkOptions, RULES, type Rule, type Rules } from '@cachette/core'
import { invalid } from '../options.js'

/** Which bytes a fault is done to: what the client asks, or what the server answers. */
export type Direction = 'request' | 'reply'

interface Common {
  /** Default `reply`: then the server has done what it was asked, and the client cannot know. */
  readonly direction?: Direction | 'both' | undefined
  /** How likely a connection is struck; the seed decides. Default 1. */
  readonly probability?: number | undefined
  /** So many connections are struck; all later ones are left alone. Default: no limit. */
  readonly times?: number | undefined
}

/** What can be done to connections, each from the first byte that comes after it was set. */
export type StrikingFault = Common &
  (
    | { readonly kind: 'delay'; readonly ms: number }
    /** Nothing more is passed, until the proxy is healed: then all of it is. */
    | { readonly kind: 'hang' }
    /** The connection is closed on both sides, in place of the bytes. */
    | { readonly kind: 'cut' }
    /** The same after so many bytes. */
    | { readonly kind: 'truncate'; readonly bytes: number }
    /** As `truncate`, but both sides are told of an error: ECONNRESET. Default: no bytes. */
    | { readonly kind: 'reset'; readonly bytes?: number | undefined }
    /** The server's side is closed, and the client is never told: it goes on talking to nobody. */
    | { readonly kind: 'halfOpen' }
    /** Bits are flipped, one in about so many bytes. Default: one in each. */
    | { readonly kind: 'garble'; readonly every?: number | undefined }
    /** So many bytes at a time, default 1, with a pause after each. */
    | { readonly kind: 'drip'; readonly everyMs: number; readonly bytes?: number | undefined }
  )

export type ProxyFault =
  | StrikingFault
  /** Nobody listens any more, and open connections are reset, as if the server's process were gone. */
  | { readonly kind: 'refuse' }

const COUNT: Rule = {
  expected: 'a whole number of zero or more',
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0,
}
const PROBABILITY: Rule = {
  expected: 'a number from 0 to 1',
  accepts: (value) => typeof value === 'number' && value >= 0 && value <= 1,
}
const DIRECTION: Rule = {
  expected: "'request', 'reply' or 'both'",
  accepts: (value) => value === 'request' || value === 'reply' || value === 'both',
}

const COMMON = { kind: RULES.text, direction: DIRECTION, probability: PROBABILITY, times: COUNT } as const

type Kind = ProxyFault['kind']
type RulesOf<K extends Kind> = Rules<Extract<ProxyFault, { readonly kind: K }>>

const RULES_OF: { readonly [K in Kind]: RulesOf<K> } = {
  delay: { ...COMMON, ms: RULES.nonNegativeMs },
  hang: COMMON,
  cut: COMMON,
  truncate: { ...COMMON, bytes: COUNT },
  reset: { ...COMMON, bytes: COUNT },
  halfOpen: COMMON,
  garble: { ...COMMON, every: RULES.positiveInteger },
  drip: { ...COMMON, everyMs: RULES.nonNegativeMs, bytes: RULES.positiveInteger },
  refuse: { kind: RULES.text },
}

const REQUIRED: { readonly [K in Kind]?: string } = { delay: 'ms', truncate: 'bytes', drip: 'everyMs' }

export function checkFault(fault: ProxyFault): ProxyFault {
  if (typeof fault !== 'object' || fault === null || !Object.hasOwn(RULES_OF, fault.kind)) {
    throw invalid(`fault: expected its kind to be one of ${Object.keys(RULES_OF).join(', ')}`)
  }
  const { kind } = fault
  const required = REQUIRED[kind]
  if (required !== undefined && !(required in fault)) throw invalid(`fault ${kind}: expected ${required}`)
  return checkOptions<ProxyFault>(`fault ${kind}`, fault, RULES_OF[kind])
}

export function concerns(fault: StrikingFault, direction: Direction): boolean {
  const { direction: given = 'reply' } = fault
  return given === 'both' || given === direction
}
