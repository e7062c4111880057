import {
  type AnyLayer,
  type Call,
  checkOptions,
  type Header,
  oneOf,
  RULES,
  type Rules,
  SLIDING_MARK,
} from '@cachette/core'
import { graceOf, isNew, retimed, type Times } from './retimed.js'
import { type Settings, settle } from './settings.js'
import {
  type EntryFacts,
  factsOf,
  type Rulebook,
  type RuleLifetimes,
  rulebook,
  type TtlFunction,
  type TtlRule,
} from './ttl/rules.js'

export type { EntryFacts, RuleLifetimes, TtlFunction, TtlRule }

export interface TtlOptions {
  /** Asked in order; the first that is about an entry decides. */
  readonly rules: readonly (TtlRule | TtlFunction)[]
  /**
   * `replace`: what a rule says is how long a new entry lives, whatever its call said. `shorten`: it is the most that any
   * write may give, `touch` and sliding reads included. Default `'replace'`.
   */
  readonly mode?: 'replace' | 'shorten' | undefined
}

export type TtlSettings = Settings<TtlOptions>

export const TTL_DEFAULTS: TtlSettings = { rules: [], mode: 'replace' }

/** The layer, and the handle by which it is changed while it runs. */
export interface Ttl extends AnyLayer {
  readonly settings: TtlSettings
  /** Changes settings for what is written from now on. Checked as a whole before any takes effect. */
  configure(changes: Partial<TtlOptions>): void
}

const ACCEPTED: Rules<TtlOptions> = { rules: RULES.list, mode: /* @__PURE__ */ oneOf('replace', 'shorten') }

/**
 * Lifetimes by rule: by key, by namespace, by tag, or by a function of these. What no rule is about is left alone.
 *
 * Stands outside `jitter`, which spreads what it decides, and outside `encryption`, which binds it: in `[encryption(…),
 * ttl({ rules })]` every entry would be found to have another lifetime than it was sealed with. Both are refused.
 *
 * Costs the rules for each value that is written; reads pass by it.
 *
 * A function that throws, or gives what are no lifetimes, fails the write.
 */
export function ttl(options: TtlOptions): Ttl {
  let settings = settle('ttl', TTL_DEFAULTS, checkOptions('ttl', options, ACCEPTED, ['rules']), ACCEPTED)
  let rules = rulebook(settings.rules)
  const layer = retimed({ name: 'ttl', changes: ['V1', 'T1'] }, (key, header, call) => {
    if (settings.mode === 'replace') return isNew(header, call) ? replaced(rules, key, header, call) : undefined
    return shortened(rules, key, header, call)
  })
  return {
    ...layer,
    get settings() {
      return settings
    },
    configure(changes) {
      const { rules: given = settings.rules, mode } = checkOptions<Partial<TtlOptions>>('ttl', changes, ACCEPTED)
      const next = settle('ttl', settings, { rules: given, mode }, ACCEPTED)
      rules = rulebook(next.rules)
      settings = next
    },
  }
}

function lifetimesFor(rules: Rulebook, key: string, header: Header): RuleLifetimes | undefined {
  const facts = factsOf(key, header)
  for (const rule of rules) {
    const lifetimes = rule(facts)
    if (lifetimes !== undefined) return lifetimes
  }
  return undefined
}

function replaced(rules: Rulebook, key: string, header: Header, { now }: Call): Times | undefined {
  const lifetimes = lifetimesFor(rules, key, header)
  if (lifetimes === undefined) return undefined
  const { ttlMs, freshMs, graceMs = graceOf(header) } = lifetimes
  const expiresAt = ttlMs === undefined ? header.expiresAt : now + ttlMs
  // What was to be fresh as long as it lives still is.
  const fresh = header.staleAt === header.expiresAt ? expiresAt : header.staleAt
  const staleAt = Math.min(freshMs === undefined ? fresh : now + freshMs, expiresAt)
  return { staleAt, expiresAt, keptUntil: expiresAt + graceMs, marks: slidingBy(header, ttlMs) }
}

function shortened(rules: Rulebook, key: string, header: Header, { now }: Call): Times | undefined {
  const lifetimes = lifetimesFor(rules, key, header)
  if (lifetimes === undefined) return undefined
  const { ttlMs = Infinity, freshMs = Infinity, graceMs = Infinity } = lifetimes
  const expiresAt = Math.min(header.expiresAt, now + ttlMs)
  return {
    staleAt: Math.min(header.staleAt, now + freshMs, expiresAt),
    expiresAt,
    keptUntil: expiresAt + Math.min(graceOf(header), graceMs),
    marks: header.marks,
  }
}

/** What each read gives a sliding entry again is what the rule gave it. One that never ends does not slide. */
function slidingBy({ marks }: Header, ttlMs: number | undefined): Header['marks'] {
  const { [SLIDING_MARK]: slides, ...others } = marks
  if (slides === undefined || ttlMs === undefined) return marks
  return ttlMs === Infinity ? others : { ...others, [SLIDING_MARK]: ttlMs }
}
