import { promised } from '../awaitable.js'
import type { Engine } from '../cache/engine.js'
import { NO_MARKS } from '../cache/pipeline.js'
import { newCall } from '../call.js'
import type { Timer } from '../clock.js'
import { visible } from '../conditions.js'
import type { Call, Condition, Entry, Found, Load, Store, Version } from '../contract.js'
import { CacheError } from '../errors.js'
import { keptMarks } from '../kept.js'
import { type Guard, UNGUARDED } from './guard.js'

/** A lease is renewed this often within its life, so that one lost renewal does not lose it. */
const RENEWALS_PER_LEASE = 3

/** How long a load waits before it looks again whether another process's is done; doubled up to the last. */
const FIRST_POLL_MS = 5
const LAST_POLL_MS = 100

/** What is reserved, for which load, and for how long at a time. */
export interface Reservation<S> {
  readonly key: string
  /** What the lease keeps, where there is something. */
  readonly kept: Found<S> | undefined
  readonly load: Load
  readonly leaseMs: number
}

/** How long a load may wait for a lease. */
export interface Patience {
  /** Of the call that began it, for the first look. */
  readonly callDeadline: number
  /** Of the load, for as long as another process holds the key. */
  readonly deadline: number
  /** Of the load too: whether anybody still wants it. */
  readonly signal: AbortSignal
  /** Told when another process turns out to hold the key. */
  onWaiting(): void
}

/**
 * Reserves keys against other processes: a lease is put under a key where it is vacant, and any write, removal or
 * clear by anybody takes it away, so a result written on condition of the lease is never late.
 */
export class Leases<V, S> {
  readonly engine: Engine<V, S>
  /** A store that takes any value takes a lease without one. */
  readonly #store: Store<S | undefined>
  readonly #nothing: S | undefined

  /** `nothing` is the value of a lease with no kept value inside. */
  constructor(engine: Engine<V, S>, nothing: S | undefined) {
    this.engine = engine
    this.#store = engine.parts.stack
    this.#nothing = nothing
  }

  /** A lease under the key; or, where another process had one and is done, what it loaded. */
  async acquire(reservation: Reservation<S>, patience: Patience): Promise<Guard | { readonly found: Found<S> }> {
    const { key, load } = reservation
    let when: Condition = 'vacant'
    let call = this.call(load, patience.callDeadline)
    for (let pollMs = FIRST_POLL_MS; ; call = this.call(load)) {
      const version = await this.put(reservation, when, call)
      if (version !== undefined) {
        const lease = new Lease(this, reservation, version)
        // What made the load void came just before the lease: who comes after that is not to wait for it.
        if (!load.voided) return lease
        lease.release()
        return UNGUARDED
      }
      const there = await this.engine.find(key, { ...call, want: 'header', show: 'all' })
      if (there?.kind === 'tombstone' && when === 'vacant') {
        // A remembered removal is in force, but no lease to wait for.
        when = { version: there.version }
        continue
      }
      when = 'vacant'
      // Asked again as any read asks, since a layer may hide it.
      const found = there !== undefined && visible(there, call.now) ? await this.engine.find(key, call) : undefined
      if (found !== undefined) return { found }
      patience.onWaiting()
      await this.#pause(pollMs, patience)
      pollMs = Math.min(pollMs * 2, LAST_POLL_MS)
    }
  }

  /** The version of the lease that now stands under the key, where the condition held. */
  async put(reservation: Reservation<S>, when: Condition, call: Call): Promise<Version | undefined> {
    const entry = this.#entry(reservation, call.now)
    const { key } = reservation
    const { version } = entry
    const [reserved] = await this.#store.write([{ key, entry, version, when }], call)
    return reserved === true ? version : undefined
  }

  call(load: Load, deadline?: number): Call {
    const now = this.engine.parts.host.clock.now()
    return newCall(now, { deadline: deadline ?? now + this.engine.parts.deadlineMs, load, aside: true })
  }

  /** The kept value lives on inside the lease, as it is stored, so that a load that fails can be answered with it. */
  #entry({ kept, leaseMs }: Reservation<S>, now: number): Entry<S | undefined> {
    const version = this.engine.parts.host.versions.next()
    const expiresAt = now + leaseMs
    return {
      createdAt: kept?.createdAt ?? now,
      staleAt: kept?.staleAt ?? now,
      expiresAt,
      keptUntil: Math.max(expiresAt, kept?.keptUntil ?? 0),
      version,
      kind: 'lease',
      tags: kept?.tags ?? [],
      marks: kept === undefined ? NO_MARKS : keptMarks(kept),
      size: kept?.size ?? 0,
      value: kept?.value ?? this.#nothing,
    }
  }

  async #pause(ms: number, { signal, deadline }: Patience): Promise<void> {
    const { clock } = this.engine.parts.host
    const left = deadline - clock.now()
    if (left > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          timer.cancel()
          signal.removeEventListener('abort', done)
          resolve()
        }
        const timer = clock.setTimer(Math.min(ms, left), done)
        signal.addEventListener('abort', done)
      })
    }
    if (left > 0 && !signal.aborted) return
    const code = signal.aborted ? 'ABORTED' : 'TIMEOUT'
    throw new CacheError(code, "another process's load of the key was not done in time", { operation: 'load' })
  }
}

/** What it does to the store, it does in the key's turn: so whoever comes after it knows what became of the lease. */
class Lease<V, S> implements Guard {
  readonly #leases: Leases<V, S>
  readonly #reservation: Reservation<S>
  #version: Version | undefined
  #timer: Timer

  constructor(leases: Leases<V, S>, reservation: Reservation<S>, version: Version) {
    this.#leases = leases
    this.#reservation = reservation
    this.#version = version
    this.#timer = this.#arm()
  }

  condition(): { readonly when: Condition } | undefined {
    return this.#reservation.load.voided ? undefined : this.#held()
  }

  stop(): void {
    this.#timer.cancel()
  }

  /** Leaves the key as it was before the lease. */
  release(): void {
    this.stop()
    this.#inTurn(async (call) => {
      const held = this.#held()
      if (held === undefined) return
      const { engine } = this.#leases
      const { key, kept } = this.#reservation
      const back = kept === undefined ? engine.removal(key) : await engine.moved(kept, key, {})
      await engine.change({ ...back, when: held.when }, call)
    })
  }

  #held(): { readonly when: Condition } | undefined {
    return this.#version === undefined ? undefined : { when: { version: this.#version } }
  }

  #arm(): Timer {
    const { clock } = this.#leases.engine.parts.host
    const everyMs = this.#reservation.leaseMs / RENEWALS_PER_LEASE
    return clock.setTimer(everyMs, () => this.#renew(), { background: true })
  }

  #renew(): void {
    this.#timer = this.#arm()
    this.#inTurn(async (call) => {
      const held = this.condition()
      // One that fails leaves the lease as it is known: the next may succeed, or find it lost.
      if (held !== undefined) this.#version = await this.#leases.put(this.#reservation, held.when, call)
    })
  }

  #inTurn(work: (call: Call) => Promise<void>): void {
    const { engine } = this.#leases
    const { key, load } = this.#reservation
    const call = this.#leases.call(load)
    engine.parts.host.background(promised(() => engine.turn([key], call, () => work(call))))
  }
}
