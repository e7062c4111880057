import type { Engine } from '../cache/engine.js'
import { newCall } from '../call.js'
import type { Timer } from '../clock.js'
import { live, visible } from '../conditions.js'
import type { Awaitable, Call, Change, Condition, Entry, Found, Header, Load, Version } from '../contract.js'
import { CacheError } from '../errors.js'
import type { Flight } from './flight.js'
import type { Guard } from './guard.js'

/** The marks of a lease with a kept value inside: the times to show it with. */
const KEPT_EXPIRY_MARK = 'lease.expiresAt'
const KEPT_UNTIL_MARK = 'lease.keptUntil'

/** A lease is renewed this often within its life, so that one lost renewal does not lose it. */
const RENEWALS_PER_LEASE = 3

/** How long a load waits before it looks again whether another process's is done; doubled up to the second. */
const FIRST_POLL_MS = 5
const LAST_POLL_MS = 100

/** What a load that waits for another process's may be asked to obey. */
export interface Patience {
  readonly deadline: number
  /** Told once, when another process turns out to hold the key. */
  onWaiting(): void
}

/**
 * Reserves keys against other processes: a lease is put under a key where it is vacant, and any write, removal or
 * clear by anybody takes it away, so a result written on condition of the lease is never late.
 */
export class Leases<V, S> {
  readonly leaseMs: number
  readonly #engine: Engine<V, S>
  readonly #nothing: S

  /** `nothing` is the value of a lease with no kept value inside. */
  constructor(engine: Engine<V, S>, leaseMs: number, nothing: S) {
    this.#engine = engine
    this.leaseMs = leaseMs
    this.#nothing = nothing
  }

  get host(): Engine<V, S>['parts']['host'] {
    return this.#engine.parts.host
  }

  /** A lease under the key; or, where another process had one and is done, what it loaded. */
  async acquire(
    key: string,
    kept: Found<S> | undefined,
    flight: Flight<S>,
    patience: Patience,
  ): Promise<Guard | { readonly found: Found<S> }> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LAST_POLL_MS)) {
      const lease = await this.put(key, kept, 'vacant', flight.load)
      if (lease !== undefined) return new Lease(this, key, kept, lease.version, flight.load)
      const call = this.#call(flight.load, 'all')
      const found = await this.#engine.find(key, call)
      if (found !== undefined && visible(found, call.now)) return { found }
      if (found?.kind !== 'lease' || !live(found, call.now)) continue
      flight.fallback ??= keptIn(found)
      patience.onWaiting()
      await this.#pause(pollMs, flight.controller.signal, patience.deadline)
    }
  }

  /** The lease that now stands under the key, where the condition held. */
  async put(key: string, kept: Found<S> | undefined, when: Condition, load: Load): Promise<Entry<S> | undefined> {
    const call = this.#call(load)
    const lease = await this.#entry(key, kept, call.now + this.leaseMs)
    const change: Change<S> = { key, entry: lease, version: lease.version, when }
    return (await this.#engine.change(change, call)) ? lease : undefined
  }

  /** Leaves the key as it was before the lease. */
  async giveBack(key: string, kept: Found<S> | undefined, when: Condition, load: Load): Promise<void> {
    const version = this.host.versions.next()
    const entry =
      kept === undefined ? undefined : await this.#engine.parts.pipeline.rehead(kept, { ...kept, version }, key)
    await this.#engine.change({ key, entry, version, when }, this.#call(load))
  }

  #call(load: Load, show?: Call['show']): Call {
    const now = this.host.clock.now()
    return newCall(now, { deadline: now + this.#engine.parts.deadlineMs, load, show })
  }

  /** The kept value lives on inside the lease, so that a load that fails can still be answered with it. */
  #entry(key: string, kept: Found<S> | undefined, expiresAt: number): Awaitable<Entry<S>> {
    const version = this.host.versions.next()
    if (kept === undefined) {
      const times = { createdAt: this.host.clock.now(), staleAt: expiresAt, expiresAt, keptUntil: expiresAt }
      return { ...times, version, kind: 'lease', tags: [], marks: {}, size: 0, value: this.#nothing }
    }
    const marks = { ...kept.marks, [KEPT_EXPIRY_MARK]: kept.expiresAt, [KEPT_UNTIL_MARK]: kept.keptUntil }
    const keptUntil = Math.max(expiresAt, kept.keptUntil)
    const header: Header = {
      ...kept,
      staleAt: Math.min(kept.staleAt, expiresAt),
      expiresAt,
      keptUntil,
      version,
      kind: 'lease',
      marks,
    }
    return this.#engine.parts.pipeline.rehead(kept, header, key)
  }

  async #pause(ms: number, signal: AbortSignal, deadline: number): Promise<void> {
    const failure = (code: 'TIMEOUT' | 'ABORTED'): CacheError =>
      new CacheError(code, "another process's load of the key was not done in time", { operation: 'load' })
    if (this.host.clock.now() >= deadline) throw failure('TIMEOUT')
    await new Promise<void>((resolve) => {
      const timer = this.host.clock.setTimer(ms, resolve)
      const leave = (): void => {
        timer.cancel()
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
    })
    if (signal.aborted) throw failure('ABORTED')
  }
}

class Lease<V, S> implements Guard {
  readonly #leases: Leases<V, S>
  readonly #key: string
  readonly #kept: Found<S> | undefined
  readonly #load: Load
  #version: Version | undefined
  #timer: Timer | undefined
  #renewing: Promise<void> = Promise.resolve()

  constructor(leases: Leases<V, S>, key: string, kept: Found<S> | undefined, version: Version, load: Load) {
    this.#leases = leases
    this.#key = key
    this.#kept = kept
    this.#load = load
    this.#version = version
    this.#arm()
  }

  condition(): { readonly when: Condition } | undefined {
    return this.#load.voided ? undefined : this.#held()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  release(): void {
    this.stop()
    this.#leases.host.background(this.#giveBack())
  }

  #held(): { readonly when: Condition } | undefined {
    return this.#version === undefined ? undefined : { when: { version: this.#version } }
  }

  #arm(): void {
    const { host, leaseMs } = this.#leases
    this.#timer = host.clock.setTimer(leaseMs / RENEWALS_PER_LEASE, () => this.#renew(), { background: true })
  }

  #renew(): void {
    this.#arm()
    this.#renewing = this.#renewing.then(async () => {
      const held = this.condition()
      if (held !== undefined)
        this.#version = (await this.#leases.put(this.#key, this.#kept, held.when, this.#load))?.version
    })
    // Without renewal the lease ends and another process takes over: the report is all that is owed.
    this.#leases.host.background(this.#renewing)
  }

  async #giveBack(): Promise<void> {
    await this.#renewing
    const held = this.#held()
    if (held !== undefined) await this.#leases.giveBack(this.#key, this.#kept, held.when, this.#load)
  }
}

/** The kept value inside a lease, as it was before. */
function keptIn<S>(lease: Found<S>): Found<S> | undefined {
  const { [KEPT_EXPIRY_MARK]: expiresAt, [KEPT_UNTIL_MARK]: keptUntil, ...marks } = lease.marks
  if (typeof expiresAt !== 'number' || typeof keptUntil !== 'number') return undefined
  return { ...lease, kind: 'value', expiresAt, keptUntil, marks }
}
