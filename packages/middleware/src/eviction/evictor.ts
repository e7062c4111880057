import {
  type Awaitable,
  andThen,
  type Call,
  type Change,
  compareVersions,
  type Found,
  type Host,
  isFound,
  isPromise,
  type Page,
  type Store,
  type StreamVerbs,
  toCacheError,
} from '@cachette/core'
import { recover } from '@cachette/core/adapter'
import { NONE, Roster } from '@cachette/eviction'
import { Expulsion } from './expulsion.js'
import type { EvictionOptions, EvictionSettings } from './options.js'
import { policyMaker } from './policies.js'
import type { RemovalCause, Removals } from './removals.js'
import { Stocktaking } from './stocktaking.js'
import { VersionList } from './version-list.js'
import { WARMTH_KEY } from './warmth.js'

export interface EvictorParts<V> {
  readonly name: string
  readonly next: Store<V>
  readonly host: Host
  readonly settings: EvictionSettings
  readonly weigh: EvictionOptions['weigh']
  readonly pinned: EvictionOptions['pinned']
  readonly removals: Removals
  /** Told each time that so many more have come. */
  readonly onAdded: () => void
}

/** How often whoever watches hears of entries that come. */
const ADDED_AT_ONCE = 256

/** One store within limits: what is in it, as far as it is known, and what has to go. */
export class Evictor<V> {
  readonly #name: string
  readonly #next: Store<V>
  readonly #host: Host
  readonly #weigh: EvictionOptions['weigh']
  /** Whether only values can be weighed. */
  readonly #weighsValues: boolean
  readonly #removals: Removals
  readonly #roster: Roster
  readonly #versions = new VersionList()
  readonly #expulsion: Expulsion<V>
  readonly #stock: Stocktaking<V>
  readonly #onAdded: () => void
  #settings: EvictionSettings
  /** What somebody else allows beside the settings. */
  #mostEntries = Infinity
  #uses = 0
  #added = 0
  /** Of the call that is looked at. */
  #now = 0

  constructor({ name, next, host, settings, weigh, pinned, removals, onAdded }: EvictorParts<V>) {
    this.#name = name
    this.#next = next
    this.#host = host
    this.#settings = settings
    this.#weigh = weigh
    this.#weighsValues = weigh !== undefined && next.traits.values === 'any'
    this.#removals = removals
    this.#onAdded = onAdded
    this.#expulsion = new Expulsion(next, host, name, removals)
    this.#roster = new Roster({
      policy: policyMaker(settings.policy)(),
      maxEntries: settings.maxEntries,
      maxWeight: settings.maxBytes,
      isPinned: pinned,
      onEvict: (slot, key) => this.#expel(slot, key),
    })
    this.#stock = new Stocktaking(next, host, name, this.#weighsValues ? 'value' : 'header', {
      found: (key, found, now, isWarm) => this.#met(key, found, now, isWarm),
      pageEnds: (now) => this.#expulsion.run(now),
    })
    this.#stock.begin()
  }

  get entries(): number {
    return this.#roster.size
  }

  get bytes(): number {
    return this.#roster.weight
  }

  get uses(): number {
    return this.#uses
  }

  /** Settles when all that was in the store at opening is known, or it was closed before. */
  get known(): Promise<void> {
    return this.#stock.known
  }

  configure(settings: EvictionSettings): void {
    const { policy, maxBytes } = settings
    const before = this.#settings
    this.#settings = settings
    this.#now = this.#host.clock.now()
    // Whether entries or bytes are divided is another matter to a policy: it begins anew.
    const isOther = policy !== before.policy || maxBytes < Infinity !== before.maxBytes < Infinity
    this.#resize()
    if (isOther) this.#roster.use(policyMaker(policy)(), this.#now)
    this.#expulsion.run(this.#now)
  }

  squeeze(entries: number): void {
    this.#mostEntries = entries
    this.#now = this.#host.clock.now()
    this.#resize()
    this.#expulsion.run(this.#now)
  }

  #resize(): void {
    const { maxEntries, maxBytes } = this.#settings
    this.#roster.resize({ maxEntries: Math.min(maxEntries, this.#mostEntries), maxWeight: maxBytes }, this.#now)
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    const found = this.#next.read(keys, call)
    if (!isPromise(found)) {
      this.#saw(keys, found, call)
      return found
    }
    return found.then((entries) => {
      this.#saw(keys, entries, call)
      return entries
    })
  }

  /** Where the store below reads single keys. */
  readOne(key: string, call: Call, readOne: NonNullable<Store<V>['readOne']>): Awaitable<Found<V> | undefined> {
    const found = readOne(key, call)
    if (isFound(found)) {
      this.#sawOne(key, found, call)
      return found
    }
    return found.then((entry) => {
      this.#sawOne(key, entry, call)
      return entry
    })
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    return recover(
      () =>
        andThen(this.#next.write(changes, call), (answers) => {
          this.#wrote(changes, answers, call)
          return answers
        }),
      (error) => {
        this.#mayHaveWritten(changes, error, call)
        throw error
      },
    )
  }

  /** What is there, but for what this layer has put down for itself. */
  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    for await (const page of this.#next.scan(prefix, call)) {
      const others = call.show === 'all' ? page.filter(([key]) => key !== WARMTH_KEY) : page
      if (others.length > 0) yield others
    }
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    return andThen(this.#next.clear(prefix, call), () => {
      this.#stock.cleared(prefix)
      for (const key of this.#roster.keys()) {
        if (key.startsWith(prefix)) this.#leave(this.#roster.slotOf(key), key, 'cleared')
      }
    })
  }

  /** What was used most is put down where it can be found at the next opening. */
  close(): Awaitable<void> {
    return andThen(
      this.#stock.end(() => this.#roster.drain(this.#host.clock.now())),
      () => this.#next.close(),
    )
  }

  streams(streams: StreamVerbs): StreamVerbs {
    return {
      read: (key, call) =>
        andThen(streams.read(key, call), (found) => {
          this.#sawOne(key, found && { ...found.header, value: undefined }, call)
          return found
        }),
      write: (change, body, call) =>
        andThen(streams.write(change, body, call), (done) => (done ? this.#streamed(change.key, call) : done)),
    }
  }

  #saw(keys: readonly string[], found: readonly (Found<V> | undefined)[], call: Call): void {
    for (let index = 0; index < keys.length; index += 1) this.#sawOne(keys[index] ?? '', found[index], call)
  }

  #sawOne(key: string, found: Found<V> | undefined, call: Call): void {
    const slot = this.#roster.slotOf(key)
    if (found?.kind !== 'value') {
      if (slot !== NONE && this.#roster.untilOf(slot) <= call.now) this.#leave(slot, key, 'expired')
      return
    }
    if (slot !== NONE && this.#versions.matches(slot, found.version)) {
      if (call.want === 'header' || call.aside === true) return
      this.#uses += 1
      this.#roster.touch(slot, call.now)
      return
    }
    this.#met(key, found, call.now, false)
    this.#expulsion.run(call.now)
  }

  /** An entry that somebody else has written, or that was there before. */
  #met(key: string, found: Found<V>, now: number, isWarm: boolean): void {
    const slot = this.#roster.slotOf(key)
    this.#now = now
    if (slot !== NONE && compareVersions(found.version, this.#versions.get(slot)) <= 0) return
    if (found.value === undefined && this.#weighsValues) return
    this.#put(slot, key, found, now)
    const entered = isWarm ? this.#roster.slotOf(key) : NONE
    // Twice, which is what policies take for more than chance.
    if (entered !== NONE) this.#roster.touch(entered, now)
    if (entered !== NONE) this.#roster.touch(entered, now)
  }

  #wrote(changes: readonly Change<V>[], answers: readonly boolean[], call: Call): void {
    this.#now = call.now
    for (let index = 0; index < changes.length; index += 1) {
      const change = changes[index]
      if (change !== undefined) this.#became(change, answers[index] === true, call.now)
    }
    this.#expulsion.run(call.now)
  }

  /** What may have been stored is taken to be: to let go of what is not there does no harm. */
  #mayHaveWritten(changes: readonly Change<V>[], thrown: unknown, call: Call): void {
    const { outcome, outcomes } = toCacheError(thrown)
    if (outcome === 'none' && outcomes === undefined) return
    this.#now = call.now
    for (const [index, change] of changes.entries()) {
      const own = outcomes?.[index]
      const isDone = own === undefined || 'error' in own ? change.entry !== undefined : own.value === true
      if (isDone) this.#became(change, true, call.now)
    }
    this.#expulsion.run(call.now)
  }

  #became({ key, entry, when }: Change<V>, isDone: boolean, now: number): void {
    const slot = this.#roster.slotOf(key)
    if (entry === undefined || entry.kind === 'tombstone') {
      if (slot === NONE) this.#stock.left(key)
      else if (isDone || when === undefined) this.#leave(slot, key, 'removed')
    } else if (isDone && (entry.kind === 'value' || slot !== NONE)) {
      // A lease holds what stood there; it is replaced when the lease is redeemed.
      if (entry.kind === 'value') this.#replaced(slot, key)
      this.#put(slot, key, entry, now)
    }
  }

  /** Tells of what stood there before. */
  #replaced(slot: number, key: string): void {
    if (slot === NONE || !this.#removals.heard) return
    const cause = this.#roster.untilOf(slot) <= this.#now ? 'expired' : 'replaced'
    this.#removals.tell(key, cause, this.#roster.weightOf(slot))
  }

  /** Leases too: until it is redeemed, one weighs what stood there, which it holds within. */
  #put(slot: number, key: string, entry: Found<V>, now: number): void {
    const { version, keptUntil: until } = entry
    const weight = entry.kind === 'lease' ? this.#roster.weightOf(slot) : this.#weightOf(entry, key)
    if (weight === undefined) {
      if (slot !== NONE) this.#roster.remove(slot)
      this.#expulsion.add({ key, version, bytes: 0, cause: 'capacity' })
      return
    }
    if (slot !== NONE) {
      this.#versions.set(slot, version)
      this.#roster.update(slot, weight, until, now)
      return
    }
    const taken = this.#roster.add(key, weight, until, now)
    if (taken === NONE) {
      this.#expulsion.add({ key, version, bytes: weight, cause: 'capacity' })
      return
    }
    this.#versions.set(taken, version)
    this.#added += 1
    if (this.#added % ADDED_AT_ONCE === 0) this.#onAdded()
  }

  #leave(slot: number, key: string, cause: RemovalCause): void {
    const isExpired = cause === 'removed' && this.#roster.untilOf(slot) <= this.#now
    const bytes = this.#roster.weightOf(slot)
    this.#roster.remove(slot)
    this.#stock.left(key)
    this.#removals.tell(key, isExpired ? 'expired' : cause, bytes)
  }

  #expel(slot: number, key: string): void {
    this.#stock.left(key)
    this.#expulsion.add({
      key,
      version: this.#versions.get(slot),
      bytes: this.#roster.weightOf(slot),
      cause: this.#roster.untilOf(slot) <= this.#now ? 'expired' : 'capacity',
    })
  }

  /** One that cannot be weighed is not kept. */
  #weightOf(entry: Found<V>, key: string): number | undefined {
    if (this.#weigh === undefined) return entry.size + key.length
    try {
      const weight = this.#weigh(entry, key)
      if (weight >= 0 && weight < Infinity) return weight
      throw new RangeError(`expected weigh to give a number of bytes, got ${String(weight)}`)
    } catch (error) {
      this.#host.report({ type: 'failure', operation: 'weigh', source: this.#name, error: toCacheError(error) })
      return undefined
    }
  }

  /** How much passed is known to the store alone. */
  #streamed(key: string, call: Call): Awaitable<boolean> {
    return recover(
      () =>
        andThen(this.#next.read([key], { ...call, want: 'header', show: 'live', aside: true }), ([found]) => {
          if (found !== undefined) this.#met(key, found, call.now, false)
          this.#expulsion.run(call.now)
          return true
        }),
      (error) => {
        this.#host.report({ type: 'failure', operation: 'write', source: this.#name, error: toCacheError(error) })
        return true
      },
    )
  }
}
