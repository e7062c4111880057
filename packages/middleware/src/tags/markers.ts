import {
  type Awaitable,
  andThen,
  CacheError,
  type Call,
  type Change,
  type Entry,
  type Found,
  type Header,
  type Host,
  isCacheError,
  type Marks,
  SEPARATOR,
  type Store,
  type Version,
} from '@cachette/core'
import { promised, recover, restated } from '@cachette/core/adapter'

/** Where markers lie. No key of a cache begins so, since no namespace is without a name. */
export const RESERVED = `${SEPARATOR}tags${SEPARATOR}`

/** How often a change is made anew when another process comes between. */
const MAX_ATTEMPTS = 16

const NOTHING = new Uint8Array(0)

/** A place in the order of all invalidations. Another epoch says that nobody knows what came between. */
export interface Moment {
  readonly epoch: string
  readonly count: number
}

/** What is stored for a tag: an entry that remembers another `hard` is hidden, one that remembers another `soft` stale. */
export interface Marker extends Moment {
  readonly hard: string
  readonly soft: string
  readonly version: Version
}

export interface Look {
  readonly markers: ReadonlyMap<string, Marker>
  /** Where the order of invalidations stands; nothing where none is kept yet, or it was not asked for. */
  readonly moment: Moment | undefined
}

/**
 * The markers of tags, and the order in which they were changed: one more entry, which each invalidation moves on
 * before it changes a marker. All of it is compared for being the same or by that order, never by anybody's clock.
 */
export class Markers<V> {
  readonly #next: Store<V>
  readonly #host: Host
  /** Whether conditions hold among all who write here; else nothing can be moved on, only begun anew. */
  readonly #exact: boolean
  readonly #conditional: boolean
  readonly #evicts: boolean
  /** The order that this process is about to begin. */
  #beginning: Moment | undefined

  constructor(next: Store<V>, host: Host) {
    const { conditional, shared, evicts } = next.traits
    this.#next = next
    this.#host = host
    this.#exact = conditional === 'shared' || (conditional === 'process' && !shared)
    this.#conditional = conditional !== 'none'
    this.#evicts = evicts !== 'no'
  }

  look(names: readonly string[], call: Call, isTimed: boolean): Awaitable<Look> {
    const keys = names.map(keyOf)
    return andThen(this.#read(isTimed ? [...keys, RESERVED] : keys, call), (headers) => {
      const markers = new Map<string, Marker>()
      for (const [index, name] of names.entries()) {
        const marker = markerIn(headers[index])
        if (marker !== undefined) markers.set(name, marker)
      }
      return { markers, moment: momentIn(headers[names.length]) }
    })
  }

  /** The same, with markers made for the tags that have none. */
  need(names: readonly string[], call: Call): Awaitable<Look> {
    return andThen(this.look(names, call, true), (look) => {
      const missing = names.filter((name) => !look.markers.has(name))
      if (missing.length === 0) return look
      // Looked for anew, and the order with them: an invalidation may have come between.
      return andThen(this.#make(missing, look.moment, call), () => this.look(names, call, true))
    })
  }

  /** The order of a store that keeps none yet. Nobody waits for its being stored: who finds another one, knows nothing. */
  begin(call: Call): Moment {
    if (this.#beginning !== undefined) return this.#beginning
    const moment = { epoch: this.#id(), count: 0 }
    this.#beginning = moment
    const change = this.#change(RESERVED, { ...moment }, this.#conditional ? 'absent' : undefined)
    const stored = promised(() => this.#write([change], { ...call, signal: undefined }))
    this.#host.background(
      stored.finally(() => {
        this.#beginning = undefined
      }),
    )
    return moment
  }

  /** Hides all that was written with these tags; `soft` only makes it stale. */
  invalidate(names: readonly string[], soft: boolean, call: Call): Awaitable<void> {
    if (soft && !this.#exact) {
      const why = 'a soft invalidation needs conditions that hold among all who write to the store'
      throw new CacheError('UNSUPPORTED', why, { operation: 'invalidate', source: this.#next.name })
    }
    return andThen(this.#advance(call), (moment) => {
      if (soft) return this.#soften(names, moment, call)
      const id = this.#id()
      const changes = names.map((name) => this.#change(keyOf(name), { hard: id, soft: id, ...moment }))
      return andThen(this.#write(changes, call), () => undefined)
    })
  }

  /** What was stored for them may have been evicted: then they count as invalidated by whatever was invalidated last. */
  #make(missing: readonly string[], moment: Moment | undefined, call: Call): Awaitable<readonly boolean[]> {
    const since = { epoch: moment?.epoch ?? '', count: (this.#evicts && moment?.count) || 0 }
    const id = this.#id()
    const when = this.#conditional ? 'absent' : undefined
    return this.#write(
      missing.map((name) => this.#change(keyOf(name), { hard: id, soft: id, ...since }, when)),
      call,
    )
  }

  /**
   * Moves the order on. Where another process has done so since this was begun, that will do: what counts is that no
   * load which began before has seen it.
   */
  #advance(call: Call, attempts = MAX_ATTEMPTS): Awaitable<Moment> {
    if (!this.#exact) {
      const moment = { epoch: this.#id(), count: 1 }
      return andThen(this.#write([this.#change(RESERVED, { ...moment })], call), () => moment)
    }
    return andThen(this.#stand(call), (stand) => {
      const moment =
        stand === undefined ? { epoch: this.#id(), count: 1 } : { ...stand.moment, count: stand.moment.count + 1 }
      const when = stand === undefined ? 'absent' : { version: stand.version }
      return andThen(this.#write([this.#change(RESERVED, { ...moment }, when)], call), ([stored]) => {
        if (stored === true) return moment
        return andThen(this.#stand(call), (now) => {
          const before = now?.moment.epoch === stand?.moment.epoch ? (stand?.moment.count ?? 0) : 0
          if (now !== undefined && now.moment.count > before) return now.moment
          if (attempts === 0) throw busy()
          return this.#advance(call, attempts - 1)
        })
      })
    })
  }

  #soften(names: readonly string[], moment: Moment, call: Call, attempts = MAX_ATTEMPTS): Awaitable<void> {
    return andThen(this.look(names, call, false), ({ markers }) => {
      const id = this.#id()
      const changes = names.map((name) => {
        const marker = markers.get(name)
        const when = marker === undefined ? 'absent' : { version: marker.version }
        return this.#change(keyOf(name), { hard: marker?.hard ?? id, soft: id, ...moment }, when)
      })
      return andThen(this.#write(changes, call), (stored) => {
        const others = names.filter((_, index) => stored[index] !== true)
        if (others.length === 0) return
        if (attempts === 0) throw busy()
        return this.#soften(others, moment, call, attempts - 1)
      })
    })
  }

  #stand(call: Call): Awaitable<{ readonly moment: Moment; readonly version: Version } | undefined> {
    return andThen(this.#read([RESERVED], call), ([found]) => {
      const moment = momentIn(found)
      return found === undefined || moment === undefined ? undefined : { moment, version: found.version }
    })
  }

  #write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    return recover(() => this.#next.write(changes, beside(call)), failed)
  }

  #read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    const { readOne } = this.#next
    const [key] = keys
    if (readOne === undefined || key === undefined || keys.length > 1)
      return recover(() => this.#next.read(keys, beside(call)), failed)
    return andThen(
      recover(() => readOne(key, beside(call)), failed),
      (found) => [found],
    )
  }

  /** A marker has no end: it must outlive whatever remembers it. */
  #change(key: string, marks: Marks, when?: Change<V>['when']): Change<V> {
    const version = this.#host.versions.next()
    const entry: Entry<V> = {
      createdAt: this.#host.clock.now(),
      staleAt: Infinity,
      expiresAt: Infinity,
      keptUntil: Infinity,
      version,
      kind: 'value',
      tags: [],
      marks,
      size: 0,
      // Markers are read for their headers alone.
      value: NOTHING as V,
    }
    return { key, entry, version, when }
  }

  #id(): string {
    const { time, count, writer } = this.#host.versions.next()
    return [time, count, writer].map((part) => part.toString(36)).join('.')
  }
}

function keyOf(name: string): string {
  return RESERVED + name
}

/** On the cache's own account, and for no load: else whatever is invalidated would void all loads that looked here. */
function beside({ id, now, deadline, signal }: Call): Call {
  return { id, now, deadline, signal, want: 'header', show: 'live', load: undefined, aside: true }
}

/** What became of each marker is nothing that the caller asked about. */
function failed(error: unknown): never {
  throw isCacheError(error) && error.outcomes !== undefined ? restated(error, { outcomes: undefined }) : error
}

function markerIn(found: Found<unknown> | undefined): Marker | undefined {
  const moment = momentIn(found)
  if (found === undefined || moment === undefined) return undefined
  const { hard, soft } = found.marks
  return typeof hard === 'string' && typeof soft === 'string'
    ? { hard, soft, ...moment, version: found.version }
    : undefined
}

function momentIn(found: Header | undefined): Moment | undefined {
  const { epoch, count } = found?.marks ?? {}
  return typeof epoch === 'string' && typeof count === 'number' ? { epoch, count } : undefined
}

function busy(): CacheError {
  const facts = { operation: 'invalidate', source: 'tags' }
  return new CacheError('BUSY', `other processes came between ${MAX_ATTEMPTS} times`, facts)
}
