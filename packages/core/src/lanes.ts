import { isPromise } from './awaitable.js'
import type { Awaitable } from './contract.js'
import { getOrMake } from './maps.js'

/** What a call touches: keys, or all keys with a prefix; and whether it only looks. Looks pass one another. */
export interface Scope {
  readonly keys: readonly string[]
  readonly prefix?: string | undefined
  readonly writes: boolean
  /** It writes to a store that keeps the order of writes itself: once handed over, another such need not wait for it. */
  readonly relayed?: boolean | undefined
  /** The calls that were joined into the one that touches this: it goes on within their turns. */
  readonly joins?: readonly number[] | undefined
}

/** A call under way or waiting. It exists only from the moment something is not ready. */
interface Ticket extends Scope {
  readonly id: number
  /** Tickets before it that are not done. */
  blockers: number
  /** Work inside it that has not settled; at none, the ticket is done. */
  holds: number
  readonly followers: Ticket[]
  begin: (() => void) | undefined
  /** Its work has been called. */
  begun: boolean
  /** The next ticket of the same call. */
  sibling: Ticket | undefined
}

interface Lane {
  writer: Ticket | undefined
  /** Since the writer came; nearly every lane has only the one or the other. */
  readers: Set<Ticket> | undefined
}

/** Of work that keeps no lane: it waits, or goes on within another's. */
const NOWHERE: Scope = { keys: [], writes: false }

/** The id of no call: all of theirs are whole. */
const NOBODY = 0.5

/** Up to here a search through an array is cheaper than making a set. */
const SMALL_BATCH = 8

/** Keeps the calls for a key in the order in which they were made (O1, O3). Shared by all handles of a store. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #barriers = new Set<Ticket>()
  /** The first ticket of each call that is under way. */
  readonly #byCall = new Map<number, Ticket>()
  /** Tickets whose turn has come; a list, since each may bring on the next, and the stack is only so deep. */
  readonly #due: Ticket[] = []

  /** Nothing is under way: the next call needs no ticket to begin. */
  get idle(): boolean {
    return this.#byCall.size === 0
  }

  /** Whether the call is under way. */
  has(id: number): boolean {
    return this.#byCall.has(id)
  }

  /** Whether a look at these keys would have to wait for a write. */
  busy(keys: readonly string[]): boolean {
    return !this.idle && this.#blockersOf({ keys, writes: false }, NOBODY).size > 0
  }

  /** Settles when every call that is under way now has. */
  drained(): Awaitable<void> {
    return this.#passed({ keys: [], prefix: '', writes: true }, NOBODY)
  }

  /** Settles when the writes below the prefix that are under way now have. */
  settled(prefix: string, id: number): Awaitable<void> {
    return this.#passed({ keys: [], prefix, writes: false }, id)
  }

  /**
   * Runs the work in its turn. `waiting` is told when the turn does not come at once, and may be handed a way to
   * give the place up.
   */
  run<T>(scope: Scope, id: number, work: () => Awaitable<T>, waiting?: (queued: Queued) => void): Awaitable<T> {
    const own = this.#covering(scope, id)
    if (own !== undefined) return this.#holding(own, work())
    if (scope.joins !== undefined) return this.#runJoined(scope, scope.joins, id, work, waiting)
    if (this.#isFree(scope)) return this.hold(scope, id, work())
    const ahead = this.#blockersOf(scope, id)
    const blockers = this.#beyond(ahead, id)
    // What it passes waits for it, and so keeps all others behind it.
    const place = blockers.size === ahead.size ? scope : NOWHERE
    if (blockers.size === 0) return this.hold(place, id, work())
    return new Promise<T>((resolve, reject) => {
      const ticket = this.#queue(place, id, blockers, () => {
        queued.begun = true
        ticket.begun = true
        try {
          resolve(this.#holding(ticket, work()))
        } catch (error) {
          reject(error)
        }
      })
      const queued = {
        begun: false,
        leave() {
          ticket.begin = undefined
        },
      }
      waiting?.(queued)
    })
  }

  /** Keeps the lanes of work that has begun already, until it has settled. */
  hold<T>(scope: Scope, id: number, result: Awaitable<T>): Awaitable<T> {
    if (!isPromise(result)) return result
    const own = this.#covering(scope, id)
    if (own !== undefined) return this.#holding(own, result)
    const ticket = this.#enter(scope, id)
    ticket.holds = 0
    ticket.begun = true
    return this.#holding(ticket, result)
  }

  #holding<T>(ticket: Ticket, result: Awaitable<T>): Awaitable<T> {
    if (!isPromise(result)) return result
    ticket.holds += 1
    const release = (): void => this.#release(ticket)
    void result.then(release, release)
    return result
  }

  /** The call's own ticket, where it is inside one that has begun and holds all these keys. */
  #covering(scope: Scope, id: number): Ticket | undefined {
    let ticket = this.#byCall.get(id)
    while (ticket !== undefined && !(ticket.blockers === 0 && covers(ticket, scope))) ticket = ticket.sibling
    return ticket
  }

  /** Within the turns of the calls that were joined, as far as these hold its keys. */
  #runJoined<T>(
    { keys, writes }: Scope,
    joins: readonly number[],
    id: number,
    work: () => Awaitable<T>,
    waiting?: (queued: Queued) => void,
  ): Awaitable<T> {
    const turns = new Set<Ticket>()
    const rest = keys.filter((key) => {
      const scope = { keys: [key], writes }
      const turn = joins.map((one) => this.#covering(scope, one)).find((ticket) => ticket !== undefined)
      if (turn !== undefined) turns.add(turn)
      return turn === undefined
    })
    const held = (): Awaitable<T> => {
      const result = work()
      for (const turn of turns) void this.#holding(turn, result)
      return result
    }
    return rest.length === 0 ? held() : this.run({ keys: rest, writes }, id, held, waiting)
  }

  /** One key that nobody else has anything to do with: most calls there are. */
  #isFree({ keys, prefix }: Scope): boolean {
    const [key] = keys
    if (prefix !== undefined || keys.length !== 1 || key === undefined) return false
    return this.#barriers.size === 0 && !this.#lanes.has(key)
  }

  #passed(scope: Scope, id: number): Awaitable<void> {
    const blockers = this.idle ? undefined : this.#beyond(this.#blockersOf(scope, id), id)
    if (blockers === undefined || blockers.size === 0) return undefined
    return new Promise((resolve) => this.#queue(NOWHERE, id, blockers, resolve))
  }

  /**
   * What a call has to wait for inside its own turn: where those ahead wait for this very call, to wait for them
   * would be to wait for ever, so what is before them counts.
   */
  #beyond(ahead: Set<Ticket>, id: number): Set<Ticket> {
    if (ahead.size === 0 || !this.#byCall.has(id)) return ahead
    const calls = new Set([id])
    for (const call of calls) {
      for (const ticket of siblings(this.#byCall.get(call))) {
        for (const follower of ticket.followers) calls.add(follower.id)
      }
    }
    const beyond = new Set<Ticket>()
    for (const ticket of ahead) {
      if (ticket.id === id || !calls.has(ticket.id)) {
        beyond.add(ticket)
        continue
      }
      for (const first of this.#byCall.values()) {
        for (const other of siblings(first)) if (other.id !== id && other.followers.includes(ticket)) ahead.add(other)
      }
    }
    return beyond
  }

  #blockersOf(scope: Scope, id: number): Set<Ticket> {
    const found = new Set<Ticket>()
    const add = (ticket: Ticket): void => {
      if (ticket.id !== id || ticket.blockers > 0) found.add(ticket)
    }
    const addLane = (lane: Lane): void => {
      const { writer } = lane
      if (writer !== undefined && !(scope.relayed === true && writer.relayed === true && writer.begun)) add(writer)
      if (scope.writes) lane.readers?.forEach(add)
    }
    for (const key of scope.keys) {
      const lane = this.#lanes.get(key)
      if (lane !== undefined) addLane(lane)
    }
    if (scope.prefix !== undefined) {
      for (const [key, lane] of this.#lanes) if (key.startsWith(scope.prefix)) addLane(lane)
    }
    for (const barrier of this.#barriers) if (overlaps(barrier, scope)) add(barrier)
    return found
  }

  #queue(scope: Scope, id: number, blockers: ReadonlySet<Ticket>, begin: () => void): Ticket {
    const ticket = this.#enter(scope, id)
    ticket.begin = begin
    ticket.blockers = blockers.size
    for (const blocker of blockers) blocker.followers.push(ticket)
    return ticket
  }

  #enter(scope: Scope, id: number): Ticket {
    const { keys, prefix, writes, relayed } = scope
    const ticket: Ticket = {
      id,
      keys,
      prefix,
      writes,
      relayed,
      blockers: 0,
      holds: 1,
      followers: [],
      begin: undefined,
      begun: false,
      sibling: this.#byCall.get(id),
    }
    this.#byCall.set(id, ticket)
    if (prefix !== undefined) this.#barriers.add(ticket)
    for (const key of keys) {
      const lane = getOrMake(this.#lanes, key, emptyLane)
      if (!writes) {
        lane.readers ??= new Set()
        lane.readers.add(ticket)
      } else {
        if (lane.writer !== ticket) lane.readers = undefined
        lane.writer = ticket
      }
    }
    return ticket
  }

  #release(ticket: Ticket): void {
    ticket.holds -= 1
    if (ticket.holds > 0) return
    for (const key of ticket.keys) {
      const lane = this.#lanes.get(key)
      if (lane === undefined) continue
      if (lane.writer === ticket) lane.writer = undefined
      lane.readers?.delete(ticket)
      if (lane.writer === undefined && !lane.readers?.size) this.#lanes.delete(key)
    }
    this.#barriers.delete(ticket)
    this.#forget(ticket)
    const beginning = this.#due.length > 0
    for (const follower of ticket.followers) {
      follower.blockers -= 1
      if (follower.blockers === 0) this.#due.push(follower)
    }
    if (beginning) return
    for (const next of this.#due) {
      next.begin?.()
      // The one hold that a waiting ticket is born with is its beginning.
      this.#release(next)
    }
    this.#due.length = 0
  }

  #forget(ticket: Ticket): void {
    const first = this.#byCall.get(ticket.id)
    if (first === ticket) {
      if (ticket.sibling === undefined) this.#byCall.delete(ticket.id)
      else this.#byCall.set(ticket.id, ticket.sibling)
      return
    }
    for (const other of siblings(first)) if (other.sibling === ticket) other.sibling = ticket.sibling
  }
}

function* siblings(first: Ticket | undefined): Iterable<Ticket> {
  for (let ticket = first; ticket !== undefined; ticket = ticket.sibling) yield ticket
}

/** How a waiting call is told apart from one under way, and gives its place up. */
export interface Queued {
  readonly begun: boolean
  leave(): void
}

function emptyLane(): Lane {
  return { writer: undefined, readers: undefined }
}

function covers(ticket: Ticket, scope: Scope): boolean {
  if (scope.writes && !ticket.writes) return false
  const { prefix } = ticket
  if (scope.prefix !== undefined) return prefix !== undefined && scope.prefix.startsWith(prefix)
  if (prefix !== undefined) return scope.keys.every((key) => key.startsWith(prefix))
  if (scope.keys === ticket.keys) return true
  const held = scope.keys.length > SMALL_BATCH ? new Set(ticket.keys) : undefined
  return scope.keys.every((key) => held?.has(key) ?? ticket.keys.includes(key))
}

function overlaps(barrier: Ticket, scope: Scope): boolean {
  const prefix = barrier.prefix ?? ''
  if (scope.prefix !== undefined && (scope.prefix.startsWith(prefix) || prefix.startsWith(scope.prefix))) return true
  return scope.keys.some((key) => key.startsWith(prefix))
}
