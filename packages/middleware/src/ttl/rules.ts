import { CacheError, checkOptions, type Header, RULES, type Rule, type Rules, SEPARATOR } from '@cachette/core'
import { glob, type Matcher } from '../glob.js'

/** Lifetimes as a rule gives them; what is left out stays as it was. */
export interface RuleLifetimes {
  readonly ttlMs?: number | undefined
  readonly freshMs?: number | undefined
  readonly graceMs?: number | undefined
}

/** What a rule may look at. */
export interface EntryFacts {
  /** As the caller has it, without the namespace. */
  readonly key: string
  /** From the outermost on. */
  readonly namespace: readonly string[]
  readonly tags: readonly string[]
}

/** Which entries it is about, all that is said taken together, and how long they live. */
export interface TtlRule extends RuleLifetimes {
  /** A literal glob for the key without its namespace: `*` for any characters, `?` for one, `\` before what is meant. */
  readonly keys?: string | undefined
  /** A namespace, or the way to a nested one; what is nested below it is in it too. */
  readonly namespace?: string | readonly string[] | undefined
  readonly tag?: string | undefined
}

/** A rule that is a function may say nothing of an entry; then the next is asked. */
export type TtlFunction = (entry: EntryFacts) => RuleLifetimes | undefined

export type Rulebook = readonly TtlFunction[]

const LIFETIMES: Rules<RuleLifetimes> = {
  ttlMs: RULES.positiveMs,
  freshMs: RULES.positiveMs,
  graceMs: RULES.nonNegativeMs,
}

const PATH: Rule = {
  expected: 'a name, or a list of names from the outermost on',
  accepts: (value) => RULES.text.accepts(value) || (Array.isArray(value) && value.every(RULES.text.accepts)),
}

const RULE: Rules<TtlRule> = { ...LIFETIMES, keys: RULES.text, namespace: PATH, tag: RULES.text }

export function rulebook(rules: readonly (TtlRule | TtlFunction)[]): Rulebook {
  return rules.map((rule, index) =>
    typeof rule === 'function' ? checked(rule) : compiled(rule, `ttl, rule ${index + 1}`),
  )
}

export function factsOf(key: string, { tags }: Header): EntryFacts {
  const names = key.split(SEPARATOR)
  return { key: names.at(-1) ?? key, namespace: names.slice(0, -1), tags: tags.map(({ name }) => name) }
}

function compiled(rule: TtlRule, owner: string): TtlFunction {
  const { keys, namespace, tag, ...lifetimes } = checkOptions(owner, rule, RULE)
  checkLifetimes(lifetimes, owner)
  const matches: Matcher | undefined = keys === undefined ? undefined : glob(keys)
  const path = typeof namespace === 'string' ? [namespace] : (namespace ?? [])
  return (entry) => {
    if (matches?.(entry.key) === false) return undefined
    if (path.some((name, depth) => entry.namespace[depth] !== name)) return undefined
    return tag === undefined || entry.tags.includes(tag) ? lifetimes : undefined
  }
}

/** What a function gives is checked each time. */
function checked(rule: TtlFunction): TtlFunction {
  return (entry) => {
    const lifetimes = rule(entry)
    if (lifetimes === undefined) return undefined
    checkLifetimes(checkOptions('what a rule of ttl gives', lifetimes, LIFETIMES), 'what a rule of ttl gives')
    return lifetimes
  }
}

function checkLifetimes({ ttlMs = Infinity, freshMs = 0 }: RuleLifetimes, owner: string): void {
  if (freshMs <= ttlMs) return
  throw new CacheError('INVALID_OPTION', `${owner}: expected freshMs to be at most ttlMs (${ttlMs}), got ${freshMs}`)
}
