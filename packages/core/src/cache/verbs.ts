import { all, andThen, isFound } from '../awaitable.js'
import type { Awaitable, Call, Change, Entry, Found, Header } from '../contract.js'
import { CacheError, isCacheError, restated } from '../errors.js'
import { checkArgument, checkOptions, type Rules } from '../options.js'
import { CALLER_RULES, type CallerOptions, type Engine, outcomeOf, SLIDING_MARK } from './engine.js'
import {
  ENTRY_RULES,
  type EntryOptions,
  LIFETIME_RULES,
  type LifetimeOptions,
  lifetimesOf,
  timesFrom,
} from './lifetimes.js'
import { NO_MARKS } from './pipeline.js'

export type WriteOptions = CallerOptions & EntryOptions
export type TouchOptions = CallerOptions & LifetimeOptions

export const WRITE_RULES: Rules<WriteOptions> = /* @__PURE__ */ Object.assign({}, CALLER_RULES, ENTRY_RULES)
const TOUCH_RULES: Rules<TouchOptions> = /* @__PURE__ */ Object.assign({}, CALLER_RULES, LIFETIME_RULES)

/** One pair of a batch, with options of its own where it needs them. */
export type Pair<V> = readonly [key: string, value: V, options?: EntryOptions]

/** How often a verb that reads and then writes begins anew when another writer came between. */
const MAX_ATTEMPTS = 1_000

/** The verbs of the handle, answering at once wherever the stack does. The facades add promises, or refuse them. */
export class VerbSet<V, S> {
  readonly engine: Engine<V, S>

  constructor(engine: Engine<V, S>) {
    this.engine = engine
  }

  get(key: string, options?: CallerOptions): Awaitable<V | undefined> {
    const { engine } = this
    return this.look(engine.key(key), engine.call(options, CALLER_RULES))
  }

  /** The rest of `get`, with its key and its call made. */
  look(full: string, call: Call): Awaitable<V | undefined> {
    const found = this.engine.find(full, call)
    return isFound(found) ? this.#got(found, full, call) : found.then((entry) => this.#got(entry, full, call))
  }

  getMany(keys: readonly string[], options?: CallerOptions): Awaitable<readonly (V | undefined)[]> {
    checkArgument('getMany', 'the keys', keys, 'array')
    const { engine } = this
    const full = keys.map((key) => engine.key(key))
    const call = engine.call(options, CALLER_RULES)
    return andThen(engine.parts.stack.read(full, call), (found) => {
      engine.tell('get', call, full, () => found.map((entry) => outcomeOf(entry, call.now)))
      return all(
        found.map((entry, index) => (entry === undefined ? undefined : this.#given(entry, full[index] ?? '', call))),
      )
    })
  }

  has(key: string, options?: CallerOptions): Awaitable<boolean> {
    const { engine } = this
    const full = engine.key(key)
    const call = engine.call(options, CALLER_RULES, 'header')
    return andThen(engine.find(full, call), (found) => {
      engine.tell('has', call, [full], () => [outcomeOf(found, call.now)])
      return found !== undefined
    })
  }

  set(key: string, value: V, options?: WriteOptions): Awaitable<void> {
    return this.#put('set', key, value, options, undefined, nothing)
  }

  add(key: string, value: V, options?: WriteOptions): Awaitable<boolean> {
    return this.#put('add', key, value, options, 'absent', asItIs)
  }

  setMany(pairs: Iterable<Pair<V>>, options?: WriteOptions): Awaitable<void> {
    checkArgument('setMany', 'its first argument', pairs, 'pairs')
    const { engine } = this
    const call = engine.call(options, WRITE_RULES)
    const lifetimes = lifetimesOf(options, engine.lifetimes)
    // Sealed before any of it is written: a value that does not fit refuses the batch whole.
    const sealed = [...pairs].map((pair) => {
      checkArgument('setMany', 'each', pair, 'array')
      const [key, value, own = {}] = pair
      const facts = { ...checkOptions('a pair', own, ENTRY_RULES), tags: own.tags ?? options?.tags }
      const full = engine.key(key)
      return { key: full, ...attributed(key, () => engine.seal(value, call.now, facts, lifetimes)) }
    })
    const keys = sealed.map(({ key }) => key)
    const entries = sealed.map(({ key, header, sealed: value }) => engine.encode(header, value, key))
    const write = (ready: readonly Entry<S>[]): Awaitable<readonly boolean[]> =>
      engine.parts.stack.write(
        ready.map((entry, index): Change<S> => ({ key: keys[index] ?? '', entry, version: entry.version })),
        call,
      )
    const done = engine.turn(keys, call, () => andThen(all(entries), write))
    return andThen(done, () => engine.tell('set', call, keys, () => keys.map(() => 'done')))
  }

  delete(key: string, options?: CallerOptions): Awaitable<boolean> {
    return andThen(this.deleteMany([key], options), ([removed]) => removed === true)
  }

  deleteMany(keys: readonly string[], options?: CallerOptions): Awaitable<readonly boolean[]> {
    checkArgument('deleteMany', 'the keys', keys, 'array')
    const { engine } = this
    const full = keys.map((key) => engine.key(key))
    const call = engine.call(options, CALLER_RULES)
    const removals = full.map((key) => engine.removal(key))
    return andThen(engine.parts.stack.write(removals, call), (removed) => {
      engine.tell('delete', call, full, () => removed.map((was) => (was ? 'done' : 'miss')))
      return removed
    })
  }

  take(key: string, options?: CallerOptions): Awaitable<V | undefined> {
    const { engine } = this
    const full = engine.key(key)
    const call = engine.call(options, CALLER_RULES)
    return this.#asOneStep<V | undefined>('take', full, call, (found) => {
      if (found === undefined) return MISSED
      // Opened first: what cannot be given is not removed.
      return andThen(engine.open(found, full, call), (value) => {
        if (value === undefined) return MISSED
        const removed = engine.change(engine.removal(full, { version: found.version }), call)
        return andThen(removed, (done) => done && { answer: value, outcome: 'done' })
      })
    })
  }

  /** A value made from the one that is there, as one step. Keeps its lifetimes and tags unless told others. */
  update(key: string, make: (value: V | undefined) => V, options?: WriteOptions): Awaitable<V> {
    checkArgument('update', 'what makes the value', make, 'function')
    const { engine } = this
    const full = engine.key(key)
    const call = engine.call(options, WRITE_RULES)
    return this.#asOneStep<V>('update', full, call, (found) =>
      andThen(found === undefined ? undefined : engine.open(found, full, call), (value) => {
        const next = make(value)
        const { header, sealed } = engine.seal(next, call.now, options)
        const kept = found === undefined ? header : inheriting(header, found, options)
        const when = found === undefined ? 'absent' : { version: found.version }
        const stored = engine.put(full, kept, sealed, call, when)
        return andThen(stored, (done) => done && { answer: next, outcome: 'done' })
      }),
    )
  }

  touch(key: string, options?: TouchOptions): Awaitable<boolean> {
    const { engine } = this
    const full = engine.key(key)
    const call = engine.call(options, TOUCH_RULES)
    const lifetimes = lifetimesOf(options, engine.lifetimes)
    const sliding = engine.marksOf(lifetimes)
    return this.#asOneStep<boolean>('touch', full, call, (found) => {
      if (found === undefined) return { answer: false, outcome: 'miss' }
      const { createdAt, ...times } = timesFrom(call.now, lifetimes)
      const { [SLIDING_MARK]: _, ...marks } = found.marks
      const header = { ...times, createdAt: Math.min(found.createdAt, createdAt), marks: { ...marks, ...sliding } }
      const touched = andThen(engine.moved(found, full, header), (change) => engine.change(change, call))
      return andThen(touched, (done) => done && { answer: true, outcome: 'done' })
    })
  }

  clear(options?: CallerOptions): Awaitable<void> {
    const { engine } = this
    const call = engine.call(options, CALLER_RULES)
    return andThen(engine.parts.stack.clear(engine.prefix, call), () =>
      engine.tell('clear', call, [engine.prefix], () => ['done']),
    )
  }

  #put<T>(
    verb: 'set' | 'add',
    key: string,
    value: V,
    options: WriteOptions | undefined,
    when: 'absent' | undefined,
    answer: (stored: boolean) => T,
  ): Awaitable<T> {
    const { engine } = this
    const full = engine.key(key)
    const call = engine.call(options, WRITE_RULES)
    const { header, sealed } = engine.seal(value, call.now, options)
    return andThen(engine.put(full, header, sealed, call, when), (stored) => {
      engine.tell(verb, call, [full], () => [stored ? 'done' : 'refused'])
      return answer(stored)
    })
  }

  #got(found: Found<S> | undefined, key: string, call: Call): Awaitable<V | undefined> {
    const { events } = this.engine.parts
    if (events.hears('get')) events.emit('get', { id: call.id, keys: [key], outcomes: [outcomeOf(found, call.now)] })
    return found === undefined ? undefined : this.#given(found, key, call)
  }

  #given(found: Found<S>, key: string, call: Call): Awaitable<V | undefined> {
    const { engine } = this
    const value = engine.open(found, key, call)
    if (found.marks[SLIDING_MARK] === undefined) return value
    return andThen(value, (given) => {
      if (given !== undefined) engine.slide(found, key, call)
      return given
    })
  }

  /** A read and the write that hangs on it, in the key's turn; begun anew where another writer came between. */
  #asOneStep<T>(
    verb: 'take' | 'update' | 'touch',
    key: string,
    call: Call,
    step: (found: Found<S> | undefined) => Awaitable<Done<T> | false>,
  ): Awaitable<T> {
    const { engine } = this
    engine.needConditions(verb)
    const attempt = (left: number): Awaitable<Done<T>> =>
      andThen(andThen(engine.find(key, call), step), (done) => {
        if (done !== false) return done
        if (left > 1) return attempt(left - 1)
        const facts = { operation: verb }
        throw new CacheError('BUSY', `${verb}: other writers came between ${MAX_ATTEMPTS} times`, facts)
      })
    const turn = engine.turn([key], call, () => attempt(MAX_ATTEMPTS))
    return andThen(turn, ({ answer, outcome }) => {
      engine.tell(verb, call, [key], () => [outcome])
      return answer
    })
  }
}

const nothing = (): void => undefined

const asItIs = (stored: boolean): boolean => stored

/** What fails says which key of the batch it was. */
function attributed<T>(key: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw isCacheError(error) ? restated(error, { outcomes: [{ key, error }] }, `${JSON.stringify(key)}: `) : error
  }
}

/** What one attempt of such a step came to. */
interface Done<T> {
  readonly answer: T
  readonly outcome: 'done' | 'miss'
}

const MISSED: Done<undefined> = { answer: undefined, outcome: 'miss' }

/** The new header with what an update leaves as it was: the lifetimes unless one is given, the tags unless tags are. */
function inheriting(header: Header, found: Found<unknown>, options: WriteOptions = {}): Header {
  const { ttlMs, freshMs, graceMs, sliding, tags } = options
  const isNew = ttlMs !== undefined || freshMs !== undefined || graceMs !== undefined || sliding !== undefined
  const { createdAt, staleAt, expiresAt, keptUntil } = isNew ? header : found
  const { version, kind, size } = header
  const slides = found.marks[SLIDING_MARK]
  const inherited = slides === undefined ? NO_MARKS : { [SLIDING_MARK]: slides }
  return {
    createdAt,
    staleAt,
    expiresAt,
    keptUntil,
    version,
    kind,
    tags: tags === undefined ? found.tags : header.tags,
    marks: isNew ? header.marks : inherited,
    size,
  }
}
