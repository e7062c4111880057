import { isPromise } from '../awaitable.js'
import type { Awaitable, Call, Load } from '../contract.js'
import { CacheError, type ErrorCode } from '../errors.js'
import { LoadState } from '../loading/load.js'
import type { LoadEvent } from '../told.js'
import { type CallerOptions, Engine } from './engine.js'
import { increment } from './increment.js'
import type { IncrementOptions, SyncCache } from './types.js'
import { type Pair, type TouchOptions, VerbSet, WRITE_RULES, type WriteOptions } from './verbs.js'

/** The verbs without promises. What is not ready is refused: BUSY while a write or the store's opening is under way, else UNSUPPORTED. */
export class SyncHandle<V, S> implements SyncCache<V> {
  readonly #verbs: VerbSet<V, S>
  readonly #engine: Engine<V, S>
  readonly #isLoading: (key: string) => boolean
  readonly #mayRead: boolean

  constructor({ parts, prefix, lifetimes }: Engine<V, S>, isLoading: (key: string) => boolean) {
    this.#engine = new Engine(parts, prefix, lifetimes, true)
    this.#verbs = new VerbSet(this.#engine)
    this.#isLoading = isLoading
    this.#mayRead = parts.traits.sync !== 'none'
  }

  get(key: string, options?: CallerOptions): V | undefined {
    const { parts } = this.#engine
    // Nearly every call: nothing asked for, nothing under way.
    if (options === undefined && this.#mayRead && parts.base.gate.lanes.idle) {
      const full = this.#engine.key(key)
      const value = this.#verbs.look(full, this.#engine.callAt(parts.host.clock.now()))
      return parts.pipeline.ready && !(value instanceof Promise) ? value : this.#read('get', value)
    }
    // No closure here: it would cost every read a place for what it holds.
    this.#check('get', 'reads', [key])
    return this.#read('get', this.#verbs.get(key, options))
  }

  set(key: string, value: V, options?: WriteOptions): void {
    this.#now('set', [key], () => this.#verbs.set(key, value, options))
  }

  add(key: string, value: V, options?: WriteOptions): boolean {
    return this.#now('add', [key], () => this.#verbs.add(key, value, options))
  }

  delete(key: string, options?: CallerOptions): boolean {
    return this.#now('delete', [key], () => this.#verbs.delete(key, options))
  }

  take(key: string, options?: CallerOptions): V | undefined {
    return this.#now('take', [key], () => this.#verbs.take(key, options))
  }

  has(key: string, options?: CallerOptions): boolean {
    this.#check('has', 'reads', [key])
    return this.#read('has', this.#verbs.has(key, options))
  }

  getMany(keys: readonly string[], options?: CallerOptions): readonly (V | undefined)[] {
    this.#check('getMany', 'reads', keys)
    return this.#read('getMany', this.#verbs.getMany(keys, options))
  }

  setMany(pairs: Iterable<Pair<V>>, options?: WriteOptions): void {
    const list = [...pairs]
    const keys = list.map(([key]) => key)
    this.#now('setMany', keys, () => this.#verbs.setMany(list, options))
  }

  deleteMany(keys: readonly string[], options?: CallerOptions): readonly boolean[] {
    return this.#now('deleteMany', keys, () => this.#verbs.deleteMany(keys, options))
  }

  getOrSet(key: string, load: () => V, options?: WriteOptions): V {
    this.#check('getOrSet', 'all', [key])
    const engine = this.#engine
    const full = engine.key(key)
    const watch = new LoadState(engine.parts.host.versions.next(), options?.tags)
    const opening = engine.call(options, WRITE_RULES)
    const known = this.#read('getOrSet', this.#verbs.look(full, opening))
    if (known !== undefined) return known
    if (this.#isLoading(full)) throw busy('getOrSet')
    const call = { ...opening, load: watch }
    try {
      ready('getOrSet', engine.find(full, { ...call, aside: true }))
      return this.#load(full, load, call, options)
    } finally {
      watch.end()
    }
  }

  update(key: string, make: (value: V | undefined) => V, options?: WriteOptions): V {
    return this.#now('update', [key], () => this.#verbs.update(key, make, options))
  }

  increment(key: string, by = 1, options?: IncrementOptions): number {
    return this.#now('increment', [key], () => increment(this.#verbs, key, by, options))
  }

  touch(key: string, options?: TouchOptions): boolean {
    return this.#now('touch', [key], () => this.#verbs.touch(key, options))
  }

  clear(options?: CallerOptions): void {
    this.#now('clear', [], () => {
      if (!this.#engine.parts.base.gate.lanes.idle) throw busy('clear')
      return this.#verbs.clear(options)
    })
  }

  #now<T>(operation: string, keys: readonly string[], run: () => Awaitable<T>): T {
    this.#check(operation, 'all', keys)
    return ready(operation, run())
  }

  /** Where no layer or coding could be what takes its time, it is the store, which is still opening. */
  #read<T>(operation: string, answer: Awaitable<T>): T {
    const { base, stack, pipeline } = this.#engine.parts
    if (isPromise(answer) && stack === base && pipeline.ready && !base.gate.lanes.idle) {
      // Its outcome can be told to nobody any more.
      answer.catch(() => undefined)
      throw refused('BUSY', operation, 'the store is not open yet; await any call first')
    }
    return ready(operation, answer)
  }

  /** Runs the loader and stores what it gives, and tells how that ended. */
  #load(key: string, load: () => V, call: Call & { readonly load: Load }, options?: WriteOptions): V {
    const engine = this.#engine
    const { stack, events, host } = engine.parts
    const begun = host.clock.now()
    let ms: number | undefined
    let outcome: LoadEvent['outcome'] = 'failed'
    let error: unknown
    try {
      const value = load()
      ms = host.clock.now() - begun
      const { header, sealed } = engine.seal(value, host.clock.now(), options)
      outcome = 'unstored'
      // What the loader itself did to the key is newer than what it gives, and so is what another process set.
      const when = stack.traits.conditional === 'shared' ? 'absent' : undefined
      const stored = !call.load.voided && ready('getOrSet', engine.put(key, header, sealed, call, when))
      outcome = stored ? 'stored' : 'discarded'
      return value
    } catch (failure) {
      error = failure
      throw failure
    } finally {
      ms ??= host.clock.now() - begun
      if (events.hears('load')) events.emit('load', { id: call.id, key, ms, outcome, error })
    }
  }

  /** Asked before anything is done, so that what is refused changes nothing. */
  #check(operation: string, needed: 'reads' | 'all', keys: readonly string[]): void {
    const { sync } = this.#engine.parts.traits
    if (sync === 'none' || (sync === 'reads' && needed === 'all')) {
      const what = sync === 'none' ? 'nothing' : 'only reads'
      throw refused('UNSUPPORTED', operation, `the stack answers ${what} at once`)
    }
    const { lanes } = this.#engine.parts.base.gate
    if (!lanes.idle && lanes.busy(keys.map((key) => this.#engine.key(key)))) throw busy(operation)
  }
}

function ready<T>(operation: string, answer: Awaitable<T>): T {
  if (!isPromise(answer)) return answer
  // Its outcome can be told to nobody any more.
  answer.catch(() => undefined)
  throw refused('UNSUPPORTED', operation, 'a codec or layer of the stack did not answer at once', 'unknown')
}

function busy(operation: string): CacheError {
  return refused('BUSY', operation, 'a call that changes the key is under way; await it first')
}

function refused(code: ErrorCode, operation: string, why: string, outcome?: 'unknown'): CacheError {
  return new CacheError(code, `sync.${operation}: ${why}`, { operation, outcome })
}
