/**
 * Invalidates by the names of keys: all of a namespace that begin with a prefix, or that match a pattern. Loads under
 * way of such keys are void.
 *
 * Place: anywhere; outside `tags`, it lists what is hidden too, which does no harm. Inside a layer that renames keys
 * it would be asked for names that it does not know.
 * Cost: nothing for other calls, but for a note of the keys that are being loaded. An invalidation lists all keys that
 * begin as the pattern does, and removes those that match, page by page.
 * Failure: one that fails may have removed a part; its error says so, and it may be repeated.
 */

import {
  type AnyLayer,
  CacheError,
  type Call,
  checkOptions,
  type Host,
  isCacheError,
  newCall,
  RULES,
  type Rules,
  SEPARATOR,
  type Store,
} from '@cachette/core'
import { promised, restated } from '@cachette/core/adapter'
import { glob, type Matcher } from './glob.js'
import { HOOKS } from './hooks/rule.js'
import type { Hooks } from './hooks.js'
import { LoadsUnderWay } from './loads-under-way.js'

export interface PatternsOptions {
  /** How long each page of an invalidation may take, in milliseconds. */
  readonly deadlineMs?: number | undefined
  /** Hears of each invalidation before and after it, and may veto or widen it. */
  readonly hooks?: Pick<Hooks, 'run'> | undefined
}

export interface InvalidateKeysOptions {
  /** The names that lead to the namespace, from the outside in. Default: the cache's own keys. */
  readonly namespace?: readonly string[] | undefined
  readonly deadlineMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The layer and its handle. Both look at the keys of one namespace, and leave alone those nested in it. */
export interface Patterns extends AnyLayer {
  /** Removes all keys that begin so, taken literally. */
  invalidatePrefix(prefix: string, options?: InvalidateKeysOptions): Promise<void>
  /** The same by a pattern: `*` stands for any characters, `?` for one, and `\\` takes the next literally. */
  invalidatePattern(pattern: string, options?: InvalidateKeysOptions): Promise<void>
}

export const PATTERNS_DEFAULTS = { deadlineMs: 1_000 } as const

const NAME = 'patterns'

const OPTION_RULES: Rules<PatternsOptions> = { deadlineMs: RULES.positiveMs, hooks: HOOKS }

const INVALIDATE_RULES: Rules<InvalidateKeysOptions> = {
  namespace: {
    expected: 'a list of non-empty names',
    accepts: (value) => Array.isArray(value) && value.every((name) => RULES.text.accepts(name)),
  },
  deadlineMs: RULES.positiveMs,
  signal: RULES.object,
}

type By = 'prefix' | 'pattern'

export function patterns(options: PatternsOptions = {}): Patterns {
  const { deadlineMs: usualMs = PATTERNS_DEFAULTS.deadlineMs, hooks } = checkOptions(NAME, options, OPTION_RULES)
  let remove: ((by: By, targets: readonly string[], given: InvalidateKeysOptions) => Promise<void>) | undefined

  const invalidate = async (by: By, target: string, given: InvalidateKeysOptions = {}): Promise<void> => {
    const removing = remove
    if (removing === undefined) throw wrong('it stands in no cache yet')
    checkOptions('invalidate', given, INVALIDATE_RULES)
    if (!RULES.text.accepts(target)) throw wrong(`expected a ${by} of at least one character; clear() removes all`)
    if (hooks === undefined) return removing(by, [target], given)
    return hooks.run({ by, targets: [target] }, (targets) => removing(by, targets, given))
  }
  return {
    name: NAME,
    state: 'own',
    wrap(next, host) {
      const loads = LoadsUnderWay.of(host.versions)
      remove = async (by, targets, { namespace = [], deadlineMs = usualMs, signal }) => {
        if (next.traits.scan === 'none') {
          const facts = { operation: 'invalidate', source: next.name }
          throw new CacheError('UNSUPPORTED', `by ${by}: ${next.name} cannot list its keys`, facts)
        }
        const base = namespace.map((name) => name + SEPARATOR).join('')
        const call = (): Call => {
          const now = host.clock.now()
          return newCall(now, { deadline: now + deadlineMs, signal, want: 'header', show: 'all' })
        }
        for (const target of targets) {
          await removeAll(next, host, loads, base, by === 'prefix' ? startingWith(target) : like(target), call)
          host.report({ type: 'invalidate', what: `${by} ${base}${target}`, source: NAME })
        }
      }
      const { readOne } = next
      return {
        read(keys, call) {
          loads.add(call.load, keys)
          return next.read(keys, call)
        },
        ...(readOne !== undefined && {
          readOne(key, call) {
            loads.add(call.load, [key])
            return readOne(key, call)
          },
        }),
      }
    },
    invalidatePrefix: (prefix, given) => invalidate('prefix', prefix, given),
    invalidatePattern: (pattern, given) => invalidate('pattern', pattern, given),
  }
}

/** What is looked for: what every match begins with, and how to tell one. */
interface Wanted {
  readonly prefix: string
  readonly matches: Matcher
}

function startingWith(prefix: string): Wanted {
  return { prefix, matches: (text) => text.startsWith(prefix) }
}

function like(pattern: string): Wanted {
  const [prefix = ''] = /^[^*?\\]*/.exec(pattern) ?? []
  return { prefix, matches: glob(pattern) }
}

/** Whatever is there when its turn comes is removed, so that no late result of another process outlives it. */
async function removeAll<V>(
  next: Store<V>,
  host: Host,
  loads: LoadsUnderWay,
  base: string,
  { prefix, matches }: Wanted,
  call: () => Call,
): Promise<void> {
  const isMeant = (key: string): boolean => {
    const rest = key.slice(base.length)
    return key.startsWith(base) && !rest.includes(SEPARATOR) && matches(rest)
  }
  loads.void(isMeant)
  let begun = false
  try {
    for await (const page of next.scan(base + prefix, call())) {
      const removals = page
        .filter(([key, { kind }]) => kind !== 'tombstone' && isMeant(key))
        .map(([key]) => ({ key, entry: undefined, version: host.versions.next() }))
      if (removals.length === 0) continue
      begun = true
      await promised(() => next.write(removals, call()))
    }
  } catch (error) {
    throw begun && isCacheError(error) ? restated(error, { outcome: 'unknown' }) : error
  }
}

function wrong(why: string): CacheError {
  return new CacheError('INVALID_OPTION', `patterns: ${why}`, { source: NAME })
}
