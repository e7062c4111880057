import { andThen, isFound, isPromise, promised } from './awaitable.js'
import { newCall } from './call.js'
import { type Clock, systemClock } from './clock.js'
import { visible } from './conditions.js'
import type { Awaitable, Call, Change, Found, Page, Store, StreamVerbs } from './contract.js'
import { toCacheError, unsupported } from './errors.js'
import { Gate } from './gate.js'
import { checkStoreKey, isBoundary } from './keys.js'
import type { Scope } from './lanes.js'
import { tellAll } from './listeners.js'
import type { Flight } from './loading/flight.js'
import { getOrMake } from './maps.js'
import { failed, normalised } from './normalise.js'
import { wrong } from './options.js'
import { type Reveal, reveal } from './reveal.js'
import { checkSize } from './sizes.js'
import { checkStore, faultIn, isAnswer, isFoundOrNothing } from './store-checks.js'
import type { Notice } from './told.js'
import { type Versions, versions } from './versions.js'
import { LoadWatch } from './watch.js'

export interface ShellOptions {
  readonly clock?: Clock | undefined
}

/** A store with its shell on: what every law but the backend's own rests on. */
export interface Shell<V> extends Store<V> {
  readonly clock: Clock
  readonly versions: Versions
  readonly closed: boolean
  /** Listens to what the store has to tell; gives the way to stop. */
  observe(listener: (notice: Notice) => void): () => void
}

/** How long a close may wait for calls under way and for the backend. */
export const CLOSE_DEADLINE_MS = 5_000

/** One shell for each store, so that all its handles share order, loads and close. */
const shells = new WeakMap<object, unknown>()

/**
 * Puts the shell round an adapter: it validates, keeps order, enforces deadlines, hides what is not there, refuses
 * what is not declared or comes after close, and turns every failure into a `CacheError`. The adapter only obeys.
 */
export function shell<V>(store: Store<V>, options: ShellOptions = {}): Shell<V> {
  return innerShell(store, options)
}

/** The same with what caches and stacks need of it. */
export function innerShell<V>(store: Store<V>, options: ShellOptions = {}): StoreShell<V> {
  const known = shells.get(store) as StoreShell<V> | undefined
  if (known !== undefined) {
    if (options.clock !== undefined && options.clock !== known.clock) {
      throw wrong(`expected one clock for ${store.name}, got another than it already has`)
    }
    return known
  }
  checkStore(store)
  const made = new StoreShell(store, options.clock ?? systemClock)
  shells.set(store, made)
  shells.set(made, made)
  return made
}

export class StoreShell<V> implements Shell<V> {
  readonly name: string
  readonly contract = 1
  readonly traits: Store<V>['traits']
  readonly clock: Clock
  readonly versions: Versions
  readonly gate: Gate
  readonly #flights = new Map<string, Map<string, Flight<V>>>()
  readonly streams: StreamVerbs | undefined
  readonly #store: Store<V>
  readonly #readOne: Store<V>['readOne']
  readonly #watch = new LoadWatch()
  readonly #listeners = new Set<(notice: Notice) => void>()
  readonly #reveal: Reveal
  #users = 0
  #closing: Awaitable<void> | undefined

  constructor(store: Store<V>, clock: Clock) {
    this.#store = store
    this.#readOne = store.readOne?.bind(store)
    this.name = store.name
    this.traits = store.traits
    this.clock = clock
    this.versions = versions(clock)
    this.gate = new Gate(store.name, clock, store.traits.lives)
    this.streams = store.streams === undefined ? undefined : this.#streamVerbs(store.streams)
    this.#reveal = reveal((key, found, call) => this.#damaged(key, found, call))
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    this.gate.check('read', call)
    for (const key of keys) checkStoreKey(key)
    if (keys.length === 0) return []
    if (!this.gate.lanes.idle)
      return this.gate.pass('read', readScope(keys, call), call, () => this.#read(keys, call), 'driver')
    const found = this.#read(keys, call)
    return isPromise(found) ? this.gate.hold('read', { keys, writes: false }, call, found, 'driver') : found
  }

  readOne(key: string, call: Call): Awaitable<Found<V> | undefined> {
    const { gate } = this
    gate.check('read', call)
    checkStoreKey(key)
    if (this.#readOne !== undefined && gate.lanes.idle && call.load === undefined) {
      let found: Awaitable<Found<V> | undefined>
      try {
        found = this.#readOne(key, call)
      } catch (error) {
        throw failed('read', this.name, error)
      }
      if (isFound(found) && (found === undefined || (found.kind === 'value' && call.now < found.expiresAt)))
        return found
      if (isPromise(found)) return this.#late(key, call, found)
    }
    return andThen(this.read([key], call), ([found]) => found)
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    this.gate.check('write', call)
    for (const change of changes) this.#checkChange(change)
    if (changes.length === 0) return []
    if (!this.gate.lanes.idle)
      return this.gate.pass('write', this.#scopeOf(changes), call, () => this.#write(changes, call), 'driver')
    const done = this.#write(changes, call)
    return isPromise(done) ? this.gate.hold('write', this.#scopeOf(changes), call, done, 'driver') : done
  }

  scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    if (this.traits.scan === 'none') throw unsupported('scan', this.name, 'it cannot list its keys')
    this.gate.check('scan', call)
    return this.#pages(prefix, call)
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    this.gate.check('clear', call)
    if (this.traits.scan === 'none' && !isBoundary(prefix)) {
      throw unsupported('clear', this.name, 'it can only clear whole namespaces, since it cannot list its keys')
    }
    const clear = (): Awaitable<void> => {
      this.#watch.clearing(prefix, call.load)
      return normalised('clear', this.name, () => this.#store.clear(prefix, call))
    }
    return this.gate.pass('clear', { keys: [], prefix, writes: true }, call, clear, 'driver')
  }

  close(): Awaitable<void> {
    const { gate } = this
    if (gate.closed) return this.#closing
    gate.close()
    const freed = andThen(gate.lanes.drained(), () => gate.free())
    const closing = andThen(freed, () => normalised('close', this.name, () => this.#store.close()))
    this.#closing = gate.within(closing, CLOSE_DEADLINE_MS)
    return this.#closing
  }

  observe(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get closed(): boolean {
    return this.gate.closed
  }

  /** Loads under way by key, shared by those caches of the store that encode alike. */
  flights(encoding: string): Map<string, Flight<V>> {
    return getOrMake(this.#flights, encoding, () => new Map<string, Flight<V>>())
  }

  /** Counts the caches that use it: the last to let go closes the store. */
  retain(): void {
    this.#users += 1
  }

  release(): Awaitable<void> {
    this.#users -= 1
    return this.#users <= 0 ? this.close() : undefined
  }

  #read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    if (call.load !== undefined) this.#watch.watch(keys, call.load)
    let found: Awaitable<readonly (Found<V> | undefined)[]>
    try {
      found = this.#store.read(keys, call)
    } catch (error) {
      throw failed('read', this.name, error)
    }
    if (!isPromise(found)) return this.#shown(found, keys, call)
    return found.then(
      (answers) => this.#shown(answers, keys, call),
      (error: unknown) => {
        throw failed('read', this.name, error)
      },
    )
  }

  #shown<F extends Found<V>>(
    found: readonly (F | undefined)[],
    keys: readonly string[],
    call: Call,
  ): readonly (F | undefined)[] {
    // One live entry: nearly every read there is.
    if (keys.length === 1 && found?.length === 1 && found[0]?.kind === 'value' && call.now < found[0].expiresAt)
      return found
    return this.#reveal(this.#checked('read', keys.length, found, isFoundOrNothing), keys, call)
  }

  /** A single read that turned out not to be ready. */
  #late(key: string, call: Call, found: Promise<Found<V> | undefined>): Awaitable<Found<V> | undefined> {
    const shown = normalised('read', this.name, () => found.then((entry) => this.#reveal([entry], [key], call)[0]))
    return isPromise(shown) ? this.gate.hold('read', { keys: [key], writes: false }, call, shown, 'driver') : shown
  }

  #write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    if (call.load !== undefined) this.#watch.watch(scopeOf(changes).keys, call.load)
    this.#watch.writing(changes, call.load)
    const done = (answers: readonly boolean[]): readonly boolean[] => {
      this.#watch.written(changes, this.#checked('write', changes.length, answers, isAnswer), call.load)
      return answers
    }
    const lost = (error: unknown): never => {
      // What may have taken effect counts as if it had.
      this.#watch.written(changes, [], call.load)
      throw failed('write', this.name, error)
    }
    let answers: Awaitable<readonly boolean[]>
    try {
      answers = this.#store.write(changes, call)
    } catch (error) {
      return lost(error)
    }
    return isPromise(answers) ? answers.then(done, lost) : done(answers)
  }

  async *#pages(prefix: string, call: Call): AsyncIterable<Page<V>> {
    for await (const page of this.gate.pages(prefix, call, () => this.#store.scan(prefix, call))) {
      const keys = page.map(([key]) => key)
      const found = this.#reveal(
        page.map(([, entry]) => entry),
        keys,
        call,
      )
      const shown = page.filter((_, index) => found[index] !== undefined)
      if (shown.length > 0) yield shown
    }
  }

  #scopeOf(changes: readonly Change<V>[]): Scope {
    return scopeOf(changes, this.#store.ordersWrites)
  }

  #checkChange(change: Change<V>): void {
    checkStoreKey(change.key)
    checkSize(change, this.traits.maxValueBytes, this.name)
    this.#checkCondition(change)
  }

  #checkCondition({ when }: Pick<Change, 'when'>): void {
    if (when === undefined || this.traits.conditional !== 'none') return
    throw unsupported('write', this.name, 'it cannot judge conditions')
  }

  /** A damaged entry is gone: told, and reclaimed as it was read, never as it may have become since. */
  #damaged(key: string, found: Found<unknown>, call: Call): void {
    this.#tell({ type: 'damage', id: call.id, key, source: this.name })
    if (this.traits.conditional === 'none') return
    const when = { version: found.version }
    const change: Change<V> = { key, entry: undefined, version: this.versions.next(), when }
    const reclaim = newCall(this.clock.now(), { deadline: call.deadline })
    promised(() => this.write([change], reclaim)).catch((error: unknown) =>
      this.#tell({ type: 'failure', operation: 'write', source: this.name, error: toCacheError(error) }),
    )
  }

  #streamVerbs(streams: StreamVerbs): StreamVerbs {
    return {
      read: (key, call) => {
        this.gate.check('read', call)
        checkStoreKey(key)
        const read = (): ReturnType<StreamVerbs['read']> =>
          andThen(
            normalised('read', this.name, () => streams.read(key, call)),
            (found) => {
              if (found === undefined || visible(found.header, call.now)) return found
              // What the store holds for it is let go; the answer does not hang on that.
              found.body.cancel().catch(() => undefined)
              return undefined
            },
          )
        return this.gate.pass('read', { keys: [key], writes: false }, call, read, 'driver')
      },
      write: (change, body, call) => {
        this.gate.check('write', call)
        checkStoreKey(change.key)
        this.#checkCondition(change)
        const endless = { ...call, deadline: Infinity }
        return this.gate.pass('write', { keys: [change.key], writes: true }, endless, () => {
          this.#watch.writing([{ key: change.key }], call.load)
          return normalised('write', this.name, () => streams.write(change, body, call))
        })
      },
    }
  }

  #checked<T>(
    operation: string,
    expected: number,
    answers: readonly T[],
    fits: (answer: unknown) => boolean,
  ): readonly T[] {
    const fault = faultIn(answers, expected, fits)
    if (fault === undefined) return answers
    throw failed(operation, this.name, new Error(`${this.name} gave ${fault} to a ${operation} of ${expected}`))
  }

  #tell(notice: Notice): void {
    tellAll(this.#listeners, notice)
  }
}

function readScope(keys: readonly string[], { joins }: Call): Scope {
  return { keys, writes: false, joins }
}

/** What a batch of changes holds while it is under way. */
export function scopeOf(changes: readonly Change<unknown>[], relayed = false): Scope {
  return { keys: changes.map((change) => change.key), writes: true, relayed }
}
