/**
 * Hears of every invalidation before and after it, and may veto or widen it: of `clear` and `delete` as a layer, of
 * tags, prefixes, patterns and versions where their layers are handed these hooks, and of strategies of your own.
 *
 * Place: outside the layers that invalidate, so that what they do on their own account is not heard as a delete.
 * Cost: nothing while there are no hooks. A hook that answers with a promise makes `clear` and `delete` wait for it.
 * Failure: a `before` that throws or vetoes fails the invalidation; an `after` that throws disturbs nobody.
 */

import {
  type AnyLayer,
  type Awaitable,
  andThen,
  CacheError,
  type Change,
  checkOptions,
  type Host,
  RULES,
  type Rule,
  type Rules,
  type Store,
  toCacheError,
  type Verbs,
} from '@cachette/core'
import { inOrder, recover, tellAll } from '@cachette/core/adapter'

export interface Invalidation {
  /** The strategy: `clear`, `delete`, `tags`, `prefix`, `pattern`, `version`, or the name of your own. */
  readonly by: string
  /** What it is to invalidate, as the strategy names it: prefixes, keys, tags. */
  readonly targets: readonly string[]
  /** Whether entries are to become stale only. Default false. */
  readonly soft?: boolean | undefined
}

export interface Hook {
  /** Gives other targets, `false` for a veto, or nothing. The next hook is asked about what this one gave. */
  before?(invalidation: Invalidation): Awaitable<readonly string[] | false | undefined>
  /** Told what was done, or why it failed. */
  after?(invalidation: Invalidation, error?: CacheError): void
}

/** The layer and its handle. */
export interface Hooks extends AnyLayer {
  /** Adds a hook behind the others; gives the way to take it out. */
  add(hook: Hook): () => void
  /** Runs a strategy between the hooks, on the targets that they leave it. */
  run<T>(invalidation: Invalidation, strategy: (targets: readonly string[]) => Awaitable<T>): Awaitable<T>
}

const NAME = 'hooks'

const HOOK_RULES: Rules<Hook> = { before: RULES.run, after: RULES.run }

const TARGETS: Rule = {
  expected: 'a list of strings',
  accepts: (value) => Array.isArray(value) && value.every((target) => typeof target === 'string'),
}

const RUN_RULES: Rules<{ invalidation: unknown; strategy: unknown }> = {
  invalidation: RULES.object,
  strategy: RULES.run,
}

const INVALIDATION_RULES: Rules<Invalidation> = { by: RULES.text, targets: TARGETS, soft: RULES.boolean }

const WISH_RULES: Rules<{ 'what before gives': unknown }> = {
  'what before gives': { expected: 'a list of strings, false or nothing', accepts: TARGETS.accepts },
}

export function hooks(...first: readonly Hook[]): Hooks {
  const all = new Set<Hook>()
  const add = (hook: Hook): (() => void) => {
    all.add(checkOptions(NAME, hook, HOOK_RULES))
    return () => void all.delete(hook)
  }
  first.forEach(add)
  const between: Hooks['run'] = (invalidation, strategy) => {
    const asked = [...all]
    return andThen(widened(asked, invalidation, 0), (final) => {
      const tell = (error?: CacheError): void =>
        tellAll(
          asked.map((hook) => () => hook.after?.(final, error)),
          undefined,
        )
      return recover(
        () =>
          andThen(strategy(final.targets), (done) => {
            tell()
            return done
          }),
        (error) => {
          tell(toCacheError(error, { operation: 'invalidate' }))
          throw error
        },
      )
    })
  }
  return {
    name: NAME,
    state: 'shared',
    place: { outside: ['patterns', 'tags', 'versioned'] },
    add,
    run(invalidation, strategy) {
      checkOptions('hooks, run', { invalidation, strategy }, RUN_RULES, ['invalidation', 'strategy'])
      checkOptions('hooks, run', invalidation, INVALIDATION_RULES, ['by', 'targets'])
      return between(invalidation, strategy)
    },
    wrap<V>(next: Store<V>, { versions }: Host): Verbs<V> {
      return {
        clear(prefix, call) {
          if (all.size === 0) return next.clear(prefix, call)
          return between({ by: 'clear', targets: [prefix] }, (prefixes) =>
            inOrder(prefixes, (one) => next.clear(one, call)),
          )
        },
        write(changes, call) {
          const isOwn = all.size === 0 || call.load !== undefined || call.aside === true
          const removed = isOwn ? [] : changes.filter(isRemoval).map(({ key }) => key)
          if (removed.length === 0) return next.write(changes, call)
          return between({ by: 'delete', targets: [...new Set(removed)] }, (keys) => {
            const kept = changes.filter((change) => !isRemoval(change) || keys.includes(change.key))
            const more = keys.filter((key) => !removed.includes(key))
            const batch = [...kept, ...more.map((key) => ({ key, entry: undefined, version: versions.next() }))]
            const done = batch.length === 0 ? [] : next.write(batch, call)
            return andThen(done, (answers) => changes.map((change) => answers[kept.indexOf(change)] === true))
          })
        },
      }
    },
  }
}

/** What is left to invalidate when each hook has had its say. */
function widened(asked: readonly Hook[], invalidation: Invalidation, from: number): Awaitable<Invalidation> {
  const hook = asked[from]
  if (hook === undefined) return invalidation
  return andThen(hook.before?.(invalidation), (wish) => {
    if (wish === false) {
      const facts = { retry: 'no', operation: 'invalidate', source: NAME } as const
      throw new CacheError('REJECTED', `a hook vetoed an invalidation by ${invalidation.by}`, facts)
    }
    checkOptions(NAME, { 'what before gives': wish }, WISH_RULES)
    return widened(asked, wish === undefined ? invalidation : { ...invalidation, targets: wish }, from + 1)
  })
}

/** What a caller deletes. Removals on a condition are the machinery's: a lease given back, a value taken. */
function isRemoval({ entry, when }: Change<unknown>): boolean {
  return entry === undefined && when === undefined
}
