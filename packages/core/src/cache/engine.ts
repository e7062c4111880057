import { andThen, isPromise, recover } from '../awaitable.js'
import { newCall, nextCallId } from '../call.js'
import type { Awaitable, Call, Change, Entry, Found, Header, Marks, Store, Traits, Version } from '../contract.js'
import { CacheError, unsupported } from '../errors.js'
import { closed, outlasting } from '../gate.js'
import { MAX_KEY_BYTES, utf8Length, wholeKey } from '../keys.js'
import type { Host } from '../layer.js'
import { checkOptions, POSITIVE_MS, type Rules, SIGNAL } from '../options.js'
import type { StoreShell } from '../shell.js'
import type { EventVerb } from '../told.js'
import { isDamage, reclaimDamaged } from '../values.js'
import type { Events } from './events.js'
import { type EntryOptions, type Lifetimes, lifetimesOf, tagsOf, timesFrom } from './lifetimes.js'
import { NO_MARKS, type Pipeline, type Sealed } from './pipeline.js'

/** What any call may say about itself. */
export interface CallerOptions {
  /** How long the call may take, in milliseconds. Default: the cache's. */
  readonly deadlineMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export const CALLER_RULES: Rules<CallerOptions> = {
  deadlineMs: POSITIVE_MS,
  signal: SIGNAL,
}

/** What the views of one cache share. */
export interface EngineParts<V, S> {
  readonly name: string
  readonly base: StoreShell<S>
  readonly stack: Store<S>
  /** What the cache as a whole can do, its encoding included. */
  readonly traits: Traits
  readonly pipeline: Pipeline<V, S>
  readonly host: Host
  readonly events: Events
  readonly deadlineMs: number
  readonly damagedIsError: boolean
  readonly status: { readonly open: boolean }
}

/** The mark under which a sliding entry keeps the lifetime that each read gives it again. */
export const SLIDING_MARK = 'sliding'

/** Where verbs meet the store: keys made whole, calls made, values sealed and opened, damage and slides seen to. */
export class Engine<V, S> {
  readonly parts: EngineParts<V, S>
  readonly prefix: string
  readonly lifetimes: Lifetimes
  /** What the prefix leaves a key. */
  readonly room: number
  readonly #readyOnly: boolean

  /** `readyOnly`: a value that is not coded at once is refused, before anything is done. */
  constructor(parts: EngineParts<V, S>, prefix: string, lifetimes: Lifetimes, readyOnly = false) {
    this.parts = parts
    this.prefix = prefix
    this.lifetimes = lifetimes
    this.room = MAX_KEY_BYTES - utf8Length(prefix)
    this.#readyOnly = readyOnly
    this.marksOf(lifetimes)
  }

  key(key: string): string {
    return wholeKey(this.prefix, key, this.room)
  }

  /** Options are checked by the rules of their verb, so that none is ignored. */
  call<O extends CallerOptions>(
    options: O | undefined,
    rules: Rules<O>,
    want: Call['want'] = 'value',
    show: Call['show'] = 'live',
  ): Call {
    const { parts } = this
    if (options !== undefined) checkOptions('the call', options, rules)
    return this.callAt(parts.host.clock.now(), options, want, show)
  }

  callAt(now: number, options?: CallerOptions, want: Call['want'] = 'value', show: Call['show'] = 'live'): Call {
    const { parts } = this
    if (!parts.status.open) throw closed(parts.name, 'a call')
    const deadline = now + (options?.deadlineMs ?? parts.deadlineMs)
    return { id: nextCallId(), now, deadline, signal: options?.signal, want, show, load: undefined, aside: undefined }
  }

  find(key: string, call: Call): Awaitable<Found<S> | undefined> {
    const { stack } = this.parts
    if (stack.readOne !== undefined) return stack.readOne(key, call)
    const found = stack.read([key], call)
    return isPromise(found) ? found.then(([entry]) => entry) : found[0]
  }

  /** The value of what was found; nothing where it is damaged, which is told and reclaimed. */
  open(found: Found<S>, key: string, call: Call): Awaitable<V | undefined> {
    const { pipeline } = this.parts
    let value: Awaitable<V>
    try {
      value = pipeline.decode(found, key)
    } catch (error) {
      return this.damaged(found, key, call, error)
    }
    return !pipeline.ready && isPromise(value)
      ? this.#inTime(value.catch((error: unknown) => this.damaged(found, key, call, error)))
      : value
  }

  /** The marks of an entry that lives so. Only a condition lets a read move an entry on without undoing a write. */
  marksOf({ sliding, ttlMs }: Lifetimes): Marks {
    if (!sliding || ttlMs === Infinity) return NO_MARKS
    this.needConditions('sliding')
    return { [SLIDING_MARK]: ttlMs }
  }

  needConditions(operation: string): void {
    const { base, stack } = this.parts
    if (stack.traits.conditional === 'none') throw unsupported(operation, base.name, 'it cannot judge conditions')
  }

  /** A new entry's header and sealed value; nothing has been written yet. */
  seal(
    value: V,
    now: number,
    options: EntryOptions | undefined,
    defaults: Lifetimes = this.lifetimes,
  ): { readonly header: Header; readonly sealed: Sealed<S> } {
    const lifetimes = lifetimesOf(options, defaults)
    const sealed = this.parts.pipeline.seal(value)
    const marks = this.marksOf(lifetimes)
    const version = this.parts.host.versions.next()
    const { createdAt, staleAt, expiresAt, keptUntil } = timesFrom(now, lifetimes)
    const tags = tagsOf(options?.tags)
    const header: Header = {
      createdAt,
      staleAt,
      expiresAt,
      keptUntil,
      version,
      kind: 'value',
      tags,
      marks,
      size: sealed.size,
    }
    return { header, sealed }
  }

  encode(header: Header, sealed: Sealed<S>, key: string): Awaitable<Entry<S>> {
    const entry = this.parts.pipeline.encode(header, sealed, key)
    // It may fail before its turn to be written comes: whoever waits for that turn hears of it.
    if (isPromise(entry)) entry.catch(() => undefined)
    return this.#inTime(entry)
  }

  /**
   * Writes one entry. Its place in the key's lane is taken before the value is encoded, so an encoding that takes
   * its time lets no later call pass.
   */
  put(key: string, header: Header, sealed: Sealed<S>, call: Call, when?: Change<S>['when']): Awaitable<boolean> {
    const entry = this.encode(header, sealed, key)
    const write = (ready: Entry<S>): Awaitable<boolean> =>
      this.change({ key, entry: ready, version: ready.version, when }, call)
    if (!isPromise(entry)) return write(entry)
    return this.turn([key], call, () => entry.then(write))
  }

  change(change: Change<S>, call: Call): Awaitable<boolean> {
    const answers = this.parts.stack.write([change], call)
    return isPromise(answers) ? answers.then(([answer]) => answer === true) : answers[0] === true
  }

  removal(key: string, when?: Change<S>['when']): Change<S> {
    return { key, entry: undefined, version: this.parts.host.versions.next(), when }
  }

  /** Holds the lanes of these keys while the work reads and writes them. */
  turn<T>(keys: readonly string[], call: Call, work: () => Awaitable<T>): Awaitable<T> {
    const { gate } = this.parts.base
    gate.check('write', call)
    return gate.pass('write', { keys, writes: true }, outlasting(call), work)
  }

  /** The same entry with all its times moved on, as a change that holds only while it is still there. */
  moved(found: Found<S>, key: string, header: Partial<Header>): Awaitable<Change<S>> {
    const version: Version = this.parts.host.versions.next()
    const next: Header = { ...headerOf(found), ...header, version }
    return andThen(this.#inTime(this.parts.pipeline.rehead(found, next, key)), (entry) => ({
      key,
      entry,
      version,
      when: { version: found.version },
    }))
  }

  /** Gives a sliding entry that was read while fresh its whole lifetime again. */
  slide(found: Found<S>, key: string, call: Call): void {
    const ttlMs = found.marks[SLIDING_MARK]
    if (typeof ttlMs !== 'number' || outcomeOf(found, call.now) === 'stale') return
    const by = call.now + ttlMs - found.expiresAt
    if (by <= 0) return
    const { staleAt, expiresAt, keptUntil } = found
    const times = { staleAt: staleAt + by, expiresAt: expiresAt + by, keptUntil: keptUntil + by }
    const own = newCall(call.now, { deadline: call.deadline, aside: true })
    const move = (): Awaitable<boolean> =>
      this.turn([key], own, () => andThen(this.moved(found, key, times), (change) => this.change(change, own)))
    // The read has its answer, whatever becomes of this.
    const done = recover<boolean, boolean>(move, (error) => Promise.reject(error))
    if (isPromise(done)) this.parts.host.background(done)
  }

  tell(
    verb: EventVerb,
    call: Call,
    keys: readonly string[],
    outcomes: () => readonly ('hit' | 'stale' | 'miss' | 'done' | 'refused')[],
  ): void {
    const { events } = this.parts
    if (events.hears(verb)) events.emit(verb, { id: call.id, keys, outcomes: outcomes() })
  }

  #inTime<T>(answer: Awaitable<T>): Awaitable<T> {
    if (!this.#readyOnly || !isPromise(answer)) return answer
    answer.catch(() => undefined)
    throw new CacheError('UNSUPPORTED', 'sync: a coding of the stack does not answer at once', { operation: 'sync' })
  }

  /** Told and reclaimed; nothing to whoever asked, or an error where the cache is to make one of it. */
  damaged(found: Found<unknown>, key: string, call: Call, error: unknown): undefined {
    if (!isDamage(error)) throw error
    const { stack, host, base, damagedIsError } = this.parts
    reclaimDamaged(found, key, call, error, base.name, stack, host)
    if (damagedIsError)
      throw new CacheError('CORRUPT', 'the entry is damaged', { operation: 'read', source: base.name, cause: error })
  }
}

function headerOf(found: Found<unknown>): Header {
  const { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size } = found
  return { createdAt, staleAt, expiresAt, keptUntil, version, kind, tags, marks, size }
}

/** How a found entry counts. */
export function outcomeOf(found: Header | undefined, now: number): 'hit' | 'stale' | 'miss' {
  if (found === undefined) return 'miss'
  return now < found.staleAt && found.outdated !== true ? 'hit' : 'stale'
}
