/**
 * The contract: what everything that stores must provide. Types alone, no runtime.
 * What a store promises beyond these signatures is the list in `laws.ts`; the numbers in the comments are its laws.
 */

/** The revision of this contract. A store names the one it speaks; the shell refuses any other. */
export type ContractRevision = 1

/** An answer that is ready is not a promise. A failure that is ready is thrown, never a rejected promise. */
export type Awaitable<T> = T | Promise<T>

export type Bytes = Uint8Array

/** A hybrid logical clock reading and its writer: ordered, and unique for each write. Compare with `compareVersions`. */
export interface Version {
  /** Milliseconds since the epoch; runs ahead of the wall clock only to stay ordered. */
  readonly time: number
  /** Orders the writes of one millisecond; 0 to 65,535. */
  readonly count: number
  /** The writer's random id; below 2^48. */
  readonly writer: number
}

/** A name that entries share, so that they can be invalidated together. `marker` is what a tags layer compares. */
export interface Tag {
  readonly name: string
  readonly marker?: string | undefined
}

export type Mark = string | number | boolean

/** What a layer must know to read an entry again (algorithm, key id, original key), under the layer's name. */
export type Marks = Readonly<Record<string, Mark>>

/** `damaged` is never stored: a reader gives it where the stored bytes are no entry. No verb but a sweep sees it. */
export type Kind = 'value' | 'lease' | 'tombstone' | 'damaged'

/** All times are milliseconds since the epoch, or `Infinity`; `createdAt <= staleAt <= expiresAt <= keptUntil`. */
export interface Header {
  readonly createdAt: number
  /** From here on stale: still served, while it is refreshed. */
  readonly staleAt: number
  /** From here on absent for every verb and every condition (T1). */
  readonly expiresAt: number
  /** From here on reclaimed; until then only a loader whose source fails may ask for it. */
  readonly keptUntil: number
  readonly version: Version
  /** Only values are seen by ordinary reads. */
  readonly kind: Kind
  readonly tags: readonly Tag[]
  readonly marks: Marks
  /** Bytes as stored; what a weigher says for values by reference. */
  readonly size: number
  /** The store that answered, where several stand behind one; never stored. */
  readonly from?: string | undefined
  /** A layer holds it for stale although `staleAt` is still to come; never stored. */
  readonly outdated?: boolean | undefined
}

export interface Entry<V = Bytes> extends Header {
  readonly value: V
}

/** What a read gives: an entry, or its header alone where that was asked for. An `Entry` is always a `Found`. */
export interface Found<V = Bytes> extends Header {
  /** `undefined` only when the call wants headers. */
  readonly value: V | undefined
}

/**
 * `absent` holds where an ordinary read gives nothing, `present` where it gives something.
 * `vacant` holds where nothing live of any kind is stored, leases included.
 * `{ version }` compares with whatever is stored, visible or not, until it is reclaimed.
 */
export type Condition = 'absent' | 'present' | 'vacant' | { readonly version: Version }

export interface Change<V = Bytes> {
  readonly key: string
  /** `undefined` removes the key. */
  readonly entry: Entry<V> | undefined
  /** Of this write; also of a removal. Equals `entry.version` where there is an entry. */
  readonly version: Version
  readonly when?: Condition | undefined
}

/**
 * One load, from its first read to its last write: the same object in each of its calls, so layers may key by it.
 * What is read or reserved for it is watched from then on: when any of it is set, removed or cleared by another call,
 * the load is void, and what it would write is discarded.
 */
export interface Load {
  readonly begun: Version
  /** The tags that its result is to have, as far as that is known before it runs. */
  readonly tags?: readonly string[] | undefined
  readonly voided: boolean
  void(): void
  /** Runs once the load has ended, to forget what was kept for it. */
  onEnd(run: () => void): void
}

/** What travels with every verb. Layers pass it on; one that changes it spreads it, so that `id` stays. */
export interface Call {
  /** Names the caller's one call in events and lanes. */
  readonly id: number
  /** The time that expiry is judged against. */
  readonly now: number
  /** An absolute time; `Infinity` for none. */
  readonly deadline: number
  readonly signal?: AbortSignal | undefined
  /** `header`: the value may be left out of what is found. Default `value`. */
  readonly want?: 'value' | 'header' | undefined
  /**
   * `kept` also shows what expired and is still kept, in the lease around it where there is one; `all` also other
   * leases, tombstones and damage. Default `live`.
   */
  readonly show?: 'live' | 'kept' | 'all' | undefined
  readonly load?: Load | undefined
  /** Ids of the calls that a layer has joined into this one. What each holds in the order of calls, this one holds. */
  readonly joins?: readonly number[] | undefined
  /**
   * Made by the cache on its own account, beside what its callers ask for: a second look, a lease, a lifetime that
   * slides. Counts and limits leave it out. Default false.
   */
  readonly aside?: boolean | undefined
}

/** Facts, declared and never guessed. The kit checks each both ways: declared works, undeclared is refused. */
export interface Traits {
  /** What a value may be: bytes alone, or anything. */
  readonly values: 'bytes' | 'any'
  readonly lives: 'process' | 'server' | 'disk'
  /** Other processes see the same entries. */
  readonly shared: boolean
  /** `ordered`: by the keys' UTF-8 bytes. */
  readonly scan: 'ordered' | 'unordered' | 'none'
  /** How far conditions hold. */
  readonly conditional: 'none' | 'process' | 'shared'
  /** A batch is applied whole or not at all, also when the process dies. */
  readonly atomicBatch: boolean
  readonly evicts: 'no' | 'beyondCapacity' | 'any'
  readonly maxValueBytes: number
  /** Which verbs answer at once: none, `read`, or `read`, `write` and `clear`. */
  readonly sync: 'none' | 'reads' | 'all'
  /** Changing what one put in or got out never changes what is stored. */
  readonly isolated: boolean
  /** Single values are also read and written as streams. */
  readonly streams: boolean
}

export type Page<V = Bytes> = readonly (readonly [key: string, found: Found<V>])[]

/** One value as a stream behind its header. */
export interface StreamVerbs {
  read(
    key: string,
    call: Call,
  ): Awaitable<{ readonly header: Header; readonly body: ReadableStream<Bytes> } | undefined>
  /** Nothing is visible before the whole body has been stored; a body that fails stores nothing. */
  write(change: StreamChange, body: ReadableStream<Bytes>, call: Call): Awaitable<boolean>
}

/** `header.size` is 0: the store counts what passes. */
export interface StreamChange {
  readonly key: string
  readonly header: Header
  readonly when?: Condition | undefined
}

/** Whatever stores. Adapters are its leaves, layers wrap it, the cache handle uses it. */
export interface Store<V = Bytes> {
  readonly name: string
  readonly contract: ContractRevision
  readonly traits: Traits
  /**
   * Whether writes of a key that are handed over one after the other, unawaited, take effect and are answered in that
   * order, by the store's own doing. Then none waits for the one before it. Never required; default false.
   */
  readonly ordersWrites?: boolean | undefined
  /** One answer for each key, in order. Expired and hidden entries may be given: the shell hides them. */
  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]>
  /** The same for one key, where the store is faster so: exactly what `read` of that key gives. Never required. */
  readOne?(key: string, call: Call): Awaitable<Found<V> | undefined>
  /**
   * One answer for each change, in order: stored, or removed something visible. A condition is judged inside the
   * store's atomic step, against `call.now`; one that does not hold answers false and changes nothing.
   */
  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]>
  /**
   * Pages of what begins with the prefix, taken literally. Each page has the time from `call.now` to `call.deadline`
   * anew. Leaving early frees everything.
   */
  scan(prefix: string, call: Call): AsyncIterable<Page<V>>
  /** Removes exactly what begins with the prefix. */
  clear(prefix: string, call: Call): Awaitable<void>
  close(): Awaitable<void>
  /** Present exactly where `traits.streams` is true. */
  readonly streams?: StreamVerbs | undefined
}
