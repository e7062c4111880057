/**
 * Gives a namespace a schema version: what was written under an older one is absent, and reclaimed where it is come
 * across. What a newer version of the program has written is absent too, and left as it is: it may be the newer half of
 * a fleet that still needs it. Each half replaces what the other has written, so that no value is ever misread.
 *
 * Place: inside `failOpen`; outside `eviction`, which is to know of what is reclaimed.
 * Cost: a number in each entry; an entry is copied as it is read, without its value.
 * Failure: a version that is none, given by a function, fails the call. What fails to be reclaimed is reported.
 */

import {
  type AnyLayer,
  type Awaitable,
  andThen,
  CacheError,
  type Call,
  type Change,
  checkOptions,
  type Found,
  type Host,
  hide,
  newCall,
  RULES,
  type Rule,
  type Rules,
  SEPARATOR,
  type Store,
  type Verbs,
} from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import { HOOKS } from './hooks/rule.js'
import type { Hooks } from './hooks.js'
import { LoadsUnderWay } from './loads-under-way.js'
import { shownPages } from './pages.js'

/** A positive whole number for all entries, or for those of each namespace by the names that lead to it. */
export type SchemaVersion = number | ((namespace: readonly string[]) => number)

export interface VersionedOptions {
  /** What entries are written under; greater ones are newer. Entries from before the layer was there are older. */
  readonly version: SchemaVersion
  /** How long each page of `reclaim()` may take, in milliseconds. */
  readonly deadlineMs?: number | undefined
  /** Hears of `upgrade()` before and after it, and may veto it. */
  readonly hooks?: Pick<Hooks, 'run'> | undefined
}

/** The layer and its handle. */
export interface Versioned extends AnyLayer {
  /** From now on another version: what was written until now is absent, and loads under way are void. */
  upgrade(version: SchemaVersion): Promise<void>
  /** Removes all entries of older versions; gives how many. */
  reclaim(options?: { readonly signal?: AbortSignal | undefined }): Promise<number>
}

export const VERSIONED_DEFAULTS = { deadlineMs: 1_000 } as const

const NAME = 'versioned'

const VERSION: Rule = {
  expected: 'a positive whole number, or a function that gives one',
  accepts: (value) => typeof value === 'function' || isVersion(value),
}

const OPTION_RULES: Rules<VersionedOptions> = { version: VERSION, deadlineMs: RULES.positiveMs, hooks: HOOKS }

export function versioned(options: VersionedOptions): Versioned {
  const {
    version,
    deadlineMs = VERSIONED_DEFAULTS.deadlineMs,
    hooks,
  } = checkOptions(NAME, options, OPTION_RULES, ['version'])
  const current = { version }
  let place: { readonly upgraded: (version: SchemaVersion) => void; readonly reclaim: Versioned['reclaim'] } | undefined
  return {
    name: NAME,
    state: 'own',
    place: { inside: ['failOpen'], outside: ['eviction'] },
    wrap(next, host) {
      const judged = new Judged(next, host, (key) => versionAt(current.version, key))
      const loads = LoadsUnderWay.of(host.versions)
      place = {
        upgraded(changed) {
          current.version = changed
          loads.void(() => true)
          host.report({ type: 'invalidate', what: `version ${nameOf(changed)}`, source: NAME })
        },
        reclaim: async (given = {}) => judged.reclaim(deadlineMs, given.signal),
      }
      return judged.verbs(loads)
    },
    async upgrade(changed) {
      checkOptions('upgrade', { version: changed }, { version: VERSION }, ['version'])
      const upgrade = (): void => {
        if (place === undefined) current.version = changed
        else place.upgraded(changed)
      }
      await (hooks === undefined ? upgrade() : hooks.run({ by: 'version', targets: [nameOf(changed)] }, upgrade))
    },
    async reclaim(given) {
      if (place !== undefined) return place.reclaim(given)
      throw new CacheError('INVALID_OPTION', 'versioned: it stands in no cache yet', { source: NAME })
    },
  }
}

type Age = 'older' | 'current' | 'newer'

class Judged<V> {
  readonly #next: Store<V>
  readonly #host: Host
  readonly #versionAt: (key: string) => number

  constructor(next: Store<V>, host: Host, versionOf: (key: string) => number) {
    this.#next = next
    this.#host = host
    this.#versionAt = versionOf
  }

  verbs(loads: LoadsUnderWay): Verbs<V> {
    const { readOne } = this.#next
    const next: Store<V> = {
      ...this.#next,
      write: (changes, call) =>
        this.#next.write(
          changes.map((change) => this.#stamped(change)),
          call,
        ),
    }
    return {
      ...hide({ name: NAME, hidden: (key, found) => this.#ageOf(key, found) !== 'current' }).wrap(next, this.#host),
      read: (keys, call) => {
        loads.add(call.load, keys)
        return andThen(this.#next.read(keys, call), (found) => this.#shown(keys, found, call))
      },
      ...(readOne !== undefined && {
        readOne: (key, call) => {
          loads.add(call.load, [key])
          return andThen(readOne(key, call), (found) => this.#shown([key], [found], call)[0])
        },
      }),
      scan: (prefix, call) =>
        shownPages(this.#next, prefix, call, this.#host.clock, (keys, found, own) => this.#shown(keys, found, own)),
    }
  }

  async reclaim(deadlineMs: number, signal: AbortSignal | undefined): Promise<number> {
    const { name, traits } = this.#next
    if (traits.conditional === 'none') {
      const facts = { operation: 'reclaim', source: name }
      throw new CacheError('UNSUPPORTED', `reclaim on ${name}: it cannot judge conditions`, facts)
    }
    const call = (): Call => {
      const now = this.#host.clock.now()
      return newCall(now, { deadline: now + deadlineMs, signal, want: 'header', show: 'all' })
    }
    let reclaimed = 0
    for await (const page of this.#next.scan('', call())) {
      const older = page.filter(([key, found]) => this.#ageOf(key, found) === 'older')
      if (older.length > 0) reclaimed += (await promised(() => this.#next.write(this.#removals(older), call()))).length
    }
    return reclaimed
  }

  #shown(
    keys: readonly string[],
    found: readonly (Found<V> | undefined)[],
    call: Call,
  ): readonly (Found<V> | undefined)[] {
    const older: [key: string, found: Found<V>][] = []
    const shown = found.map((entry, index) => {
      if (entry === undefined || call.show === 'all') return entry && bare(entry)
      const key = keys[index] ?? ''
      const age = this.#ageOf(key, entry)
      if (age === 'older') older.push([key, entry])
      return age === 'current' ? bare(entry) : undefined
    })
    if (older.length > 0) this.#reclaim(older, call)
    return shown
  }

  /** In the call's own turn. A ready read that leaves a write behind it would make the next one wait: none does. */
  #reclaim(older: readonly (readonly [key: string, found: Found<V>])[], call: Call): void {
    const { conditional, sync } = this.#next.traits
    if (conditional === 'none' || sync === 'reads') return
    const own = { ...call, signal: undefined, aside: true }
    this.#host.background(promised((): Awaitable<unknown> => this.#next.write(this.#removals(older), own)))
  }

  #removals(older: readonly (readonly [key: string, found: Found<V>])[]): readonly Change<V>[] {
    const { versions } = this.#host
    return older.map(([key, { version }]) => ({ key, entry: undefined, version: versions.next(), when: { version } }))
  }

  #ageOf(key: string, { kind, marks }: Found<unknown>): Age {
    if (kind !== 'value' && kind !== 'lease') return 'current'
    const current = this.#versionAt(key)
    const own = marks[NAME] ?? 0
    return own === current ? 'current' : Number(own) > current ? 'newer' : 'older'
  }

  #stamped(change: Change<V>): Change<V> {
    const { key, entry } = change
    if (entry === undefined || (entry.kind !== 'value' && entry.kind !== 'lease')) return change
    return { ...change, entry: { ...entry, marks: { ...entry.marks, [NAME]: this.#versionAt(key) } } }
  }
}

/** As it was written. */
function bare<V>(found: Found<V>): Found<V> {
  const { [NAME]: own, ...marks } = found.marks
  return own === undefined ? found : { ...found, marks }
}

function versionAt(version: SchemaVersion, key: string): number {
  if (typeof version === 'number') return version
  const own = version(key.split(SEPARATOR).slice(0, -1))
  if (isVersion(own)) return own
  throw new CacheError('INVALID_OPTION', `version: expected ${VERSION.expected}`, { source: NAME })
}

function isVersion(value: unknown): value is number {
  return RULES.positiveInteger.accepts(value)
}

function nameOf(version: SchemaVersion): string {
  return typeof version === 'number' ? String(version) : 'by namespace'
}
