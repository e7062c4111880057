import {
  type Awaitable,
  andThen,
  type Call,
  type Change,
  type Entry,
  type Found,
  type Host,
  hide,
  isPromise,
  type Load,
  type Store,
  type Tag,
  type Verbs,
  visible,
} from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import { shownPages } from '../pages.js'
import type { Dependencies } from './dependencies.js'
import { type Begun, Loads } from './loads.js'
import { type Look, Markers, type Moment, RESERVED } from './markers.js'
import { SeenTags } from './seen.js'
import { isFresh, isJudged, opened, stamped, stampOf, verdictOn } from './stamps.js'

/** The verbs over a store whose entries are judged by the markers of their tags. */
export class Tagged<V> {
  readonly markers: Markers<V>
  readonly loads = new Loads()
  readonly #next: Store<V>
  readonly #host: Host
  readonly #dependencies: Dependencies
  /** Where a second read costs another round trip. */
  readonly #seen: SeenTags | undefined
  /** What a look before a write found to be hidden. */
  readonly #hidden = new WeakSet<Found<unknown>>()

  constructor(next: Store<V>, host: Host, dependencies: Dependencies) {
    this.#next = next
    this.#host = host
    this.#dependencies = dependencies
    this.markers = new Markers(next, host)
    this.#seen = next.traits.sync === 'none' ? new SeenTags() : undefined
  }

  verbs(): Verbs<V> {
    const next: Store<V> = {
      ...this.#next,
      read: (keys, call) => this.#looked(keys, call),
      write: (changes, call) => this.#write(changes, call),
    }
    const hiding = hide({ name: 'tags', hidden: (_, found) => this.#hidden.has(found) }).wrap(next, this.#host)
    const { readOne } = this.#next
    return {
      ...hiding,
      read: (keys, call) => this.#read(keys, call),
      ...(readOne !== undefined &&
        this.#seen === undefined && { readOne: (key, call) => this.#readOne(readOne, key, call) }),
      scan: (prefix, call) =>
        shownPages(this.#next, prefix, call, this.#host.clock, (keys, found, own) => this.#shown(keys, found, own)),
    }
  }

  #read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    const names = call.show === 'all' ? [] : (this.#seen?.of(keys) ?? [])
    const found = this.#next.read(keys, call)
    if (!isPromise(found)) return this.#shown(keys, found, call)
    if (names.length === 0) return found.then((later) => this.#shown(keys, later, call))
    // A guess that fails is none: then the markers are looked for when it is known which.
    const guess = promised(() => this.markers.look(names, call, false)).catch(() => NOTHING_KNOWN)
    return found.then(async (later) => this.#shown(keys, later, call, await guess))
  }

  #readOne(readOne: NonNullable<Store<V>['readOne']>, key: string, call: Call): Awaitable<Found<V> | undefined> {
    const found = readOne(key, call)
    if (!isPromise(found) && call.load === undefined && (found === undefined || found.tags.length === 0)) {
      return found !== undefined && key.startsWith(RESERVED) ? undefined : found
    }
    return andThen(found, (entry) => andThen(this.#shown([key], [entry], call), ([shown]) => shown))
  }

  /** What `hide` sees before it writes: everything, with a note of what it is to take for absent. */
  #looked(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    return andThen(this.#next.read(keys, call), (found) =>
      andThen(this.#look(found, call, false), (look) => {
        for (const entry of found) {
          if (entry !== undefined && verdictOn(entry.tags, look.markers) === 'hidden') this.#hidden.add(entry)
        }
        return found
      }),
    )
  }

  #shown(
    keys: readonly string[],
    found: readonly (Found<V> | undefined)[],
    call: Call,
    guess?: Look,
  ): Awaitable<readonly (Found<V> | undefined)[]> {
    this.#seen?.note(keys, found)
    // What hides an entry may have been read before the entry was written: that is no reason to hide it.
    const known = guess !== undefined && found.every((entry) => isOpen(entry, guess)) ? guess : undefined
    const load = this.#beginning(found, call, known !== undefined)
    const isPlain = found.every((entry, index) => entry === undefined || isOrdinary(keys[index] ?? '', entry))
    if (isPlain && load === undefined) return found
    const look = load === undefined ? known : undefined
    return andThen(look ?? this.#look(found, call, load !== undefined), (final) => {
      if (load !== undefined) this.#begin(load, found, final, call)
      return isPlain ? found : found.map((entry, index) => shownAs(keys[index] ?? '', entry, final, call))
    })
  }

  #look(found: readonly (Found<V> | undefined)[], call: Call, isTimed: boolean): Awaitable<Look> {
    const names = new Set<string>()
    for (const entry of found) for (const tag of entry?.tags ?? []) if (isJudged(tag)) names.add(tag.name)
    return names.size === 0 && !isTimed ? NOTHING_KNOWN : this.markers.look([...names], call, isTimed)
  }

  /** The load that this read may begin, if any: one that finds something ends with it, and has seen all it needs. */
  #beginning(found: readonly (Found<V> | undefined)[], call: Call, isKnown: boolean): Load | undefined {
    const { load, aside, now } = call
    if (load === undefined || this.loads.get(load) !== undefined) return undefined
    const isThere = (entry: Found<V> | undefined): boolean =>
      entry !== undefined && visible(entry, now) && (isKnown || entry.tags.length === 0)
    return aside !== true && found.every(isThere) ? undefined : load
  }

  #begin(load: Load, found: readonly (Found<V> | undefined)[], look: Look, call: Call): void {
    const names = [...(load.tags ?? []), ...found.flatMap((entry) => entry?.tags.map(({ name }) => name) ?? [])]
    this.loads.begin(load, look.moment ?? this.markers.begin(call), this.#dependencies.closure(names))
  }

  #write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    if (call.load === undefined && changes.every(({ entry }) => entry === undefined || entry.tags.length === 0))
      return this.#next.write(changes, call)
    const fresh = this.#dependencies.closure(changes.flatMap(({ entry }) => freshTags(entry)).map(({ name }) => name))
    const begun = call.load && this.loads.get(call.load)
    const isResult =
      call.load !== undefined && changes.some(({ entry }) => entry !== undefined && isLoaded(entry, begun))
    const names = isResult ? new Set([...fresh, ...(begun?.tags ?? [])]) : fresh
    if (names.size === 0)
      return this.#next.write(
        changes.map((change) => this.#stamped(change, NOTHING_KNOWN)),
        call,
      )
    const look = this.markers.need([...names], call)
    if (!isPromise(look)) return this.#bind(changes, look, isResult, begun, call)
    // The caller may change its bytes as soon as it has called.
    const own = this.#next.traits.isolated ? changes.map(copied) : changes
    return look.then((later) => this.#bind(own, later, isResult, begun, call))
  }

  /** Writes what is bound to these markers, but for the result of a load that comes too late. */
  #bind(
    changes: readonly Change<V>[],
    look: Look,
    isResult: boolean,
    begun: Begun | undefined,
    call: Call,
  ): Awaitable<readonly boolean[]> {
    const late = isResult && isLate(look, begun)
    const kept = late ? changes.filter(({ entry }) => entry === undefined || !isLoaded(entry, begun)) : changes
    if (kept.length === 0) return changes.map(() => false)
    const done = this.#next.write(
      kept.map((change) => this.#stamped(change, look)),
      call,
    )
    if (!late) return done
    return andThen(done, (answers) => changes.map((change) => answers[kept.indexOf(change)] === true))
  }

  #stamped(change: Change<V>, { markers }: Look): Change<V> {
    const { entry } = change
    if (entry === undefined || entry.tags.length === 0) return change
    const names = freshTags(entry).map(({ name }) => name)
    const known = new Set(entry.tags.map(({ name }) => name))
    const added = [...this.#dependencies.closure(names)].filter((name) => !known.has(name)).map((name) => ({ name }))
    const tags = stamped([...entry.tags, ...added], (name) => {
      const marker = entry.kind === 'value' ? markers.get(name) : undefined
      return marker && stampOf(marker)
    })
    return { ...change, entry: { ...entry, tags } }
  }
}

const NOTHING_KNOWN: Look = { markers: new Map(), moment: undefined }

/** Whether these markers are enough to say that it is not hidden. */
function isOpen(entry: Found<unknown> | undefined, { markers }: Look): boolean {
  return entry === undefined || verdictOn(entry.tags, markers) !== 'hidden'
}

/** What is given as it is: no marker, and without tags. */
function isOrdinary(key: string, entry: Found<unknown>): boolean {
  return entry.tags.length === 0 && !key.startsWith(RESERVED)
}

function shownAs<V>(key: string, entry: Found<V> | undefined, { markers }: Look, call: Call): Found<V> | undefined {
  if (entry === undefined || key.startsWith(RESERVED)) return undefined
  if (entry.tags.length === 0) return entry
  const shown = { ...entry, tags: opened(entry.tags) }
  if (call.show === 'all' || (entry.kind !== 'value' && entry.kind !== 'lease')) return shown
  const verdict = verdictOn(entry.tags, markers)
  if (verdict === 'hidden') return undefined
  return verdict === 'outdated' ? { ...shown, outdated: true } : shown
}

function copied<V>(change: Change<V>): Change<V> {
  const { entry } = change
  if (!(entry?.value instanceof Uint8Array)) return change
  const { value } = entry
  return { ...change, entry: { ...entry, value: value.slice() as typeof value } }
}

/** The tags that are to be bound now. A lease only keeps what was read; a tombstone is never judged. */
function freshTags(entry: Entry<unknown> | undefined): readonly Tag[] {
  return entry?.kind === 'value' ? entry.tags.filter(isFresh) : []
}

/** Whether a load has made it; what it only gives back is as it was read. */
function isLoaded(entry: Entry<unknown>, begun: Begun | undefined): boolean {
  if (entry.kind !== 'value') return false
  return entry.tags.length === 0 ? begun !== undefined && begun.tags.size > 0 : entry.tags.some(isFresh)
}

/** Whether one of the tags was invalidated since the load began, or nobody can tell. */
function isLate({ markers, moment }: Look, begun: Begun | undefined): boolean {
  if (begun === undefined || moment?.epoch !== begun.moment.epoch) return true
  return [...markers.values()].some((marker) => isAfter(marker, begun.moment))
}

function isAfter(one: Moment, other: Moment): boolean {
  return one.epoch === other.epoch && one.count > other.count
}
