/**
 * Invalidates any number of entries in one step, on any store: each tag has a marker in the store, each entry remembers
 * the markers of its tags, and one whose marker has changed is absent to every verb and every condition.
 *
 * Place: inside `failOpen`, `schema`, `ttl` and `jitter`; outside `eviction`. With `failOpen` inside it, an invalidation
 * that failed would count as done, and what it was to hide would be served.
 * Cost: nothing for entries without tags, but for one more read in a load that finds nothing. For entries with tags one
 * more read, of all their markers together; over a network mostly in the same round trip. Invalidating takes a read and
 * two writes, however many entries it hides.
 * Failure: what fails to be read or written of a marker fails the call. A marker that is lost counts as invalidated.
 */

import {
  type AnyLayer,
  type Awaitable,
  andThen,
  CacheError,
  checkOptions,
  newCall,
  RULES,
  type Rules,
} from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import { HOOKS } from './hooks/rule.js'
import type { Hooks } from './hooks.js'
import { Dependencies } from './tags/dependencies.js'
import { Tagged } from './tags/tagged.js'

export interface TagsOptions {
  /** How long an invalidation may take, in milliseconds. */
  readonly deadlineMs?: number | undefined
  /** Hears of each invalidation before and after it, and may veto or widen it. */
  readonly hooks?: Pick<Hooks, 'run'> | undefined
}

export interface InvalidateTagsOptions {
  /** Makes the entries stale, so that they are served while they are refreshed. Default: they are absent at once. */
  readonly soft?: boolean | undefined
  readonly deadlineMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The layer and its handle. */
export interface Tags extends AnyLayer {
  /** Invalidates all that was written with one of these tags, and all loads under way that will be. */
  invalidate(names: readonly string[], options?: InvalidateTagsOptions): Promise<void>
  /** From the next write on, what is written with the tag is invalidated with each of these too. */
  depends(name: string, on: readonly string[]): void
}

export const TAGS_DEFAULTS = { deadlineMs: 1_000 } as const

const OPTION_RULES: Rules<TagsOptions> = { deadlineMs: RULES.positiveMs, hooks: HOOKS }

const INVALIDATE_RULES: Rules<InvalidateTagsOptions> = {
  soft: RULES.boolean,
  deadlineMs: RULES.positiveMs,
  signal: RULES.object,
}

export function tags(options: TagsOptions = {}): Tags {
  const { deadlineMs: usualMs = TAGS_DEFAULTS.deadlineMs, hooks } = checkOptions(NAME, options, OPTION_RULES)
  const dependencies = new Dependencies()
  let invalidate: Tags['invalidate'] | undefined
  return {
    name: NAME,
    state: 'own',
    place: { inside: ['failOpen', 'schema', 'ttl', 'jitter'], outside: ['eviction'] },
    wrap(next, host) {
      const tagged = new Tagged(next, host, dependencies)
      const mark = (names: readonly string[], soft: boolean, given: InvalidateTagsOptions): Awaitable<void> => {
        const now = host.clock.now()
        const call = newCall(now, { deadline: now + (given.deadlineMs ?? usualMs), signal: given.signal })
        tagged.loads.void(names)
        return andThen(tagged.markers.invalidate(names, soft, call), () => {
          for (const name of names) host.report({ type: 'invalidate', id: call.id, what: `tag ${name}`, source: NAME })
        })
      }
      invalidate = (names, given = {}) =>
        promised(() => {
          const { soft = false } = checkOptions('invalidate', given, INVALIDATE_RULES)
          const targets = [...new Set(checkNames('invalidate', names))]
          if (targets.length === 0) return
          if (hooks === undefined) return mark(targets, soft, given)
          return hooks.run({ by: NAME, targets, soft }, (wider) => mark(checkNames('a hook', wider), soft, given))
        })
      return tagged.verbs()
    },
    async invalidate(names, given) {
      if (invalidate !== undefined) return invalidate(names, given)
      throw new CacheError('INVALID_OPTION', 'tags: it stands in no cache yet', { source: NAME })
    },
    depends(name, on) {
      const [tag = ''] = checkNames('depends', [name])
      dependencies.set(tag, checkNames('depends', on))
    },
  }
}

const NAME = 'tags'

function checkNames(verb: string, names: readonly string[]): readonly string[] {
  const given: unknown = names
  if (Array.isArray(given) && given.every((name: unknown) => RULES.text.accepts(name))) return names
  throw new CacheError('INVALID_OPTION', `${verb}: expected a list of tags, each a non-empty string`, { source: NAME })
}
