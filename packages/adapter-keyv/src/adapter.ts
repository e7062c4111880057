import {
  type Awaitable,
  andThen,
  type Bytes,
  CacheError,
  type Call,
  type Change,
  decide,
  type Found,
  isPromise,
  type Page,
  type Store,
  type Traits,
} from '@cachette/core'
import { Lanes, Sweeper, type SweepOptions, type SweepReport } from '@cachette/core/adapter'
import { answersOf } from './answers.js'
import { Backend, SOURCE } from './backend.js'
import { checkBytes } from './bytes-check.js'
import { Generations } from './generations.js'
import { PlainNames } from './names.js'
import type { Settings } from './options.js'
import { isStored, Values } from './values.js'
import { Walk } from './walk.js'

export interface KeyvStore extends Store<Bytes> {
  /** Reclaims what is kept no longer, now; joins a sweep that is under way. Refused where keys cannot be listed. */
  sweep(options?: SweepOptions): Promise<SweepReport>
}

/** How many entries are asked for, given or removed at a time. */
const PAGE = 100

/** Order by key over all stores of this process on one Keyv store and root. */
const lanesOf = new WeakMap<object, Map<string, Lanes>>()

/** Names each turn in the lanes. */
let turns = 0

/** Frames under their names in a Keyv store, which is asked for one at a time: its batches hide failures. */
export class KeyvEntries implements KeyvStore {
  readonly name = SOURCE
  readonly contract = 1
  readonly traits: Traits
  readonly #settings: Settings
  readonly #backend: Backend
  readonly #values: Values
  readonly #plain: PlainNames
  readonly #generations: Generations | undefined
  readonly #lanes: Lanes
  readonly #sweeper: Sweeper<Walk>
  #walk: Walk | undefined
  #opening: Promise<void> | undefined

  constructor(settings: Settings) {
    const { backing, root, expiry, lists, evicts, values, clock, onSweep } = settings
    this.traits = traitsOf(settings)
    this.#settings = settings
    this.#backend = new Backend(backing, expiry)
    this.#values = new Values(values)
    this.#plain = new PlainNames(root)
    this.#generations = lists ? undefined : new Generations(this.#backend, root, evicts === 'any')
    this.#lanes = sharedLanes(backing.store, root)
    this.#sweeper = new Sweeper({
      source: SOURCE,
      clock,
      sweepMs: lists ? settings.sweepMs : Infinity,
      onSweep,
      slice: (from: Walk | undefined, now) => this.#sweepSlice(from, now),
    })
  }

  read(keys: readonly string[], { want }: Call): Awaitable<readonly (Found | undefined)[]> {
    const look = (): Awaitable<readonly (Found | undefined)[]> =>
      andThen(this.#namesOf(keys, 'reading'), (names) => {
        const found = keys.map((key, index) => this.#find(names[index], key, want))
        return found.every(isReady) ? found : Promise.all(found.map(promised))
      })
    return andThen(this.#opened(), look)
  }

  async write(changes: readonly Change[], { now }: Call): Promise<readonly boolean[]> {
    // Before anything else: what is stored is what was given at the call.
    const values = changes.map(({ key, entry }) => entry && this.#values.write(entry, key))
    const keys = changes.map(({ key }) => key)
    await this.#opened()
    this.#sweeper.saw(now)
    const done = await this.#inTurn({ keys, writes: true }, async () => {
      const names = await this.#namesOf(keys, 'writing')
      const before = new Map<string, Promise<unknown>>()
      return Promise.allSettled(
        changes.map((change, index) => {
          const apply = (): Promise<boolean> => this.#apply(change, names[index], values[index], now)
          // Of changes of one key each waits for the one before, however that went.
          const applied = before.get(change.key)?.then(apply, apply) ?? apply()
          before.set(change.key, applied)
          return applied
        }),
      )
    })
    return answersOf(changes, done)
  }

  async *scan(prefix: string, { want }: Call): AsyncGenerator<Page<Bytes>, void, undefined> {
    await this.#opened()
    const given = new Set<string>()
    let page: (readonly [key: string, found: Found])[] = []
    for await (const [name, listed] of this.#backend.list()) {
      if (!this.#plain.owns(name)) continue
      const stored = isStored(listed) ? listed : await this.#backend.get(name)
      const key = this.#keyOf(name, stored)
      if (key === undefined || given.has(key) || !key.startsWith(prefix)) continue
      const found = this.#values.read(stored, key, want)
      if (found === undefined) continue
      given.add(key)
      page.push([key, found])
      if (page.length < PAGE) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }

  async clear(prefix: string): Promise<void> {
    await this.#opened()
    await this.#inTurn({ keys: [], prefix, writes: true }, async () => {
      if (this.#generations !== undefined) return this.#generations.clear(prefix)
      // Listed first: to remove while the store lists might make it pass some over.
      const names = await this.#namesBelow(prefix)
      for (let at = 0; at < names.length; at += PAGE) {
        await Promise.all(names.slice(at, at + PAGE).map((name) => this.#backend.delete(name)))
      }
    })
  }

  async close(): Promise<void> {
    await this.#sweeper.close()
    await this.#walk?.end()
    this.#backend.leave()
  }

  async sweep(options?: SweepOptions): Promise<SweepReport> {
    if (this.#settings.lists) return this.#sweeper.sweep(options)
    const why = 'the store cannot list its keys; what is over goes when the store itself drops it'
    throw new CacheError('UNSUPPORTED', `sweep on ${SOURCE}: ${why}`, { operation: 'sweep', source: SOURCE })
  }

  #find(name: string | undefined, key: string, want?: Call['want']): Awaitable<Found | undefined> {
    if (name === undefined) return undefined
    return andThen(this.#backend.get(name), (stored) => this.#values.read(stored, key, want))
  }

  async #apply(change: Change, name: string | undefined, value: string | Bytes | undefined, now: number) {
    const { key, entry, when } = change
    const isJudged = entry === undefined || when !== undefined
    const found = isJudged ? await this.#find(name, key) : undefined
    const { apply, answer } = decide(change, found, now)
    if (!apply || name === undefined) return answer
    if (entry !== undefined) await this.#backend.set(name, value, lastingMs(entry.keptUntil, now))
    else if (found !== undefined) await this.#backend.delete(name)
    return answer
  }

  async #namesBelow(prefix: string): Promise<readonly string[]> {
    const names = new Set<string>()
    for await (const [name, listed] of this.#backend.list()) {
      if (!this.#plain.owns(name)) continue
      const stored = prefix === '' || isStored(listed) ? listed : await this.#backend.get(name)
      if (prefix === '' || this.#keyOf(name, stored)?.startsWith(prefix) === true) names.add(name)
    }
    return [...names]
  }

  #keyOf(name: string, stored: unknown): string | undefined {
    return this.#plain.keyIn(name) ?? (stored === undefined ? undefined : this.#values.keyIn(stored))
  }

  async #sweepSlice(from: Walk | undefined, now: number): ReturnType<Walk['slice']> {
    return (from ?? (await this.#newWalk())).slice((name, listed) => this.#reclaim(name, listed, now))
  }

  async #newWalk(): Promise<Walk> {
    await this.#opened()
    // One that was left on its way.
    await this.#walk?.end()
    this.#walk = new Walk(this.#backend.list())
    return this.#walk
  }

  /** How many bytes it took, where it was over and is gone now. */
  async #reclaim(name: string, listed: unknown, now: number): Promise<number | undefined> {
    if (!this.#plain.owns(name)) return undefined
    const stored = isStored(listed) ? listed : await this.#backend.get(name)
    const key = this.#keyOf(name, stored)
    if (key === undefined || !isOver(this.#values.read(stored, key, 'header'), now)) return undefined
    return this.#inTurn({ keys: [key], writes: true }, async () => {
      // What has been replaced since it was listed stays.
      const found = await this.#find(name, key, 'header')
      if (found === undefined || !isOver(found, now)) return undefined
      await this.#backend.delete(name)
      return found.size
    })
  }

  #namesOf(keys: readonly string[], now: 'reading' | 'writing') {
    return (this.#generations ?? this.#plain).of(keys, now)
  }

  async #inTurn<T>(scope: Parameters<Lanes['run']>[0], work: () => Promise<T>): Promise<T> {
    turns += 1
    return this.#lanes.run(scope, turns, work)
  }

  /** After a failure the next call tries again. */
  #opened(): Awaitable<void> {
    const { values, root } = this.#settings
    if (values === 'text') return undefined
    this.#opening ??= checkBytes(this.#backend, root).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }
}

async function promised<T>(answer: Awaitable<T>): Promise<T> {
  return answer
}

function isReady<T>(answer: Awaitable<T>): answer is T {
  return !isPromise(answer)
}

function traitsOf({ lives, shared, lists, evicts, maxValueBytes }: Settings): Traits {
  return {
    values: 'bytes',
    lives,
    shared,
    scan: lists ? 'unordered' : 'none',
    conditional: 'process',
    atomicBatch: false,
    evicts,
    maxValueBytes,
    sync: 'none',
    isolated: true,
    streams: false,
  }
}

function sharedLanes(store: object, root: string): Lanes {
  const byRoot = lanesOf.get(store) ?? new Map<string, Lanes>()
  lanesOf.set(store, byRoot)
  const lanes = byRoot.get(root) ?? new Lanes()
  byRoot.set(root, lanes)
  return lanes
}

function isOver(found: Found | undefined, now: number): boolean {
  return found !== undefined && found.keptUntil <= now
}

function lastingMs(keptUntil: number, now: number): number | undefined {
  return keptUntil === Infinity ? undefined : Math.max(keptUntil - now, 0)
}
