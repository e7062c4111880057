import { andThen, recover } from '../awaitable.js'
import type { Engine } from '../cache/engine.js'
import type { Sealed } from '../cache/pipeline.js'
import { newCall } from '../call.js'
import { visible } from '../conditions.js'
import type { Awaitable, Call, Found, Load } from '../contract.js'
import { CacheError, isCacheError } from '../errors.js'
import { closed } from '../gate.js'
import type { RefreshEvent } from '../told.js'
import { compareVersions } from '../versions.js'
import { Failures } from './failures.js'
import { Flight } from './flight.js'
import { type Guard, UNGUARDED, watched } from './guard.js'
import type { Leases, Patience } from './lease.js'
import { runLoader } from './loader.js'
import type { LoadDefaults, LoadOptions, PartialLoader } from './options.js'
import { reportFailure, reportOutage } from './outage.js'

/** What one caller wants loaded, and how. */
export interface Request<V> {
  readonly key: string
  readonly call: Call
  readonly load: PartialLoader<V>
  /** Whether the loader may leave the key out. */
  readonly partial: boolean
  readonly options: LoadOptions | undefined
  readonly settings: LoadDefaults
  /** Told when somebody else turns out to be loading the key. */
  onWaiting(): void
  /** Told when the key is to be refreshed behind its caller's back, and given the end of that. */
  onRefresh(end: Promise<unknown>): void
}

/** What the first read came to. */
export interface Opening<S> {
  readonly found: Found<S> | undefined
  readonly unreachable: boolean
}

/** What guards a load; or what another process has loaded meanwhile. */
type Guarded<S> = Guard | { readonly found: Found<S> }

export interface FlightsOptions<V, S> {
  readonly settings: LoadDefaults
  readonly random: () => number
  /** Where conditions hold between processes. */
  readonly leases: Leases<V, S> | undefined
  /** Shared by all handles of the store. */
  readonly inAir: Map<string, Flight<S>>
}

/** The loads of one cache: begun, joined, waited for and left. */
export class Flights<V, S> {
  readonly settings: LoadDefaults
  readonly random: () => number
  readonly failures = new Failures()
  readonly #engine: Engine<V, S>
  readonly #leases: Leases<V, S> | undefined
  readonly #inAir: Map<string, Flight<S>>
  readonly #own = new Set<Flight<S>>()

  constructor(engine: Engine<V, S>, options: FlightsOptions<V, S>) {
    this.settings = options.settings
    this.random = options.random
    this.#engine = engine
    this.#leases = options.leases
    this.#inAir = options.inAir
  }

  prepare(options: LoadOptions | undefined): Flight<S> {
    return new Flight<S>(this.#engine.parts.host.versions.next(), options?.tags)
  }

  /** The load under way that a caller may join. What began before the key was changed is too old for who comes after. */
  current(key: string): Flight<S> | undefined {
    const flight = this.#inAir.get(key)
    return flight === undefined || flight.load.voided || flight.orphaned ? undefined : flight
  }

  /** Ends all loads that this cache began. */
  abort(): void {
    for (const flight of this.#own) {
      flight.orphaned = true
      flight.controller.abort()
    }
  }

  /** The result of the flight that is in the air, or of one begun now. `opened`: it has made the first read. */
  async join(request: Request<V>, opening: Opening<S>, opened?: Flight<S>): Promise<V | undefined> {
    const { parts } = this.#engine
    const copied = (sealed: Sealed<S> | undefined): V | undefined => sealed && parts.pipeline.unseal(sealed)
    const known = this.current(request.key)
    if (known !== undefined) {
      opened?.end()
      request.onWaiting()
      return this.#wait(request, opening, known, copied)
    }
    if (!parts.status.open) {
      opened?.end()
      throw closed(parts.name, 'a load')
    }
    const flight = opened ?? this.prepare(request.options)
    let loaded: { readonly value: V } | undefined
    this.#start(request, opening, flight, opened !== undefined, (value) => {
      loaded = { value }
    })
    return this.#wait(request, opening, flight, (sealed) => (loaded === undefined ? copied(sealed) : loaded.value))
  }

  /** A load that nobody waits for, unless one is under way or has just failed. */
  refresh(request: Request<V>, found: Found<S>, reason: RefreshEvent['reason']): void {
    const { key, call } = request
    const { events, status } = this.#engine.parts
    if (!status.open || this.current(key) !== undefined || this.failures.current(key, call.now) !== undefined) return
    if (events.hears('refresh')) events.emit('refresh', { id: call.id, key, reason })
    const flight = this.prepare(request.options)
    flight.background = true
    this.#start(request, { found, unreachable: false }, flight, false, () => undefined)
    request.onRefresh(flight.result)
  }

  #start(
    request: Request<V>,
    opening: Opening<S>,
    flight: Flight<S>,
    opened: boolean,
    onValue: (value: V) => void,
  ): void {
    const { key } = request
    this.#inAir.set(key, flight)
    this.#own.add(flight)
    flight.result = this.#run(request, opening, flight, opened, onValue).then(
      (sealed) => {
        this.#land(key, flight)
        this.failures.forget(key)
        return sealed
      },
      (error: unknown) => {
        this.#land(key, flight)
        flight.end()
        this.#failed(request, opening, flight, error)
        throw error
      },
    )
    // Those who wait hear of a failure; of one that nobody waits for, the event `load` has told.
    this.#engine.parts.host.background(flight.result.catch(() => undefined))
  }

  #land(key: string, flight: Flight<S>): void {
    flight.settled = true
    this.#own.delete(flight)
    if (this.#inAir.get(key) === flight) this.#inAir.delete(key)
  }

  async #run(
    request: Request<V>,
    opening: Opening<S>,
    flight: Flight<S>,
    opened: boolean,
    onValue: (value: V) => void,
  ): Promise<Sealed<S> | undefined> {
    const { key, call, settings, options, load, partial } = request
    const { clock } = this.#engine.parts.host
    const begun = clock.now()
    let waited = false
    const onWaiting = (): void => {
      waited = true
      request.onWaiting()
    }
    const { hardDeadlineMs } = settings
    const { signal } = flight.controller
    const patience = { callDeadline: call.deadline, deadline: begun + hardDeadlineMs, signal, onWaiting }
    const guard = await recover<Guarded<S>, Guarded<S>>(
      () => this.#guard(request, opening, flight, opened, patience),
      (error) => {
        reportOutage(this.#engine, error, call.id)
        return UNGUARDED
      },
    )
    const newer = 'found' in guard ? guard.found : undefined
    const previous = await this.#previous(newer ?? opening.found, key, { ...call, load: flight.load })
    if (newer !== undefined && previous !== undefined) {
      flight.end()
      return this.#engine.parts.pipeline.seal(previous)
    }
    flight.loading = true
    return runLoader(this.#engine, {
      id: call.id,
      key,
      load,
      partial,
      options,
      deadline: waited ? patience.deadline : clock.now() + hardDeadlineMs,
      timed: typeof settings.refreshAhead === 'object',
      flight,
      guard: 'found' in guard ? this.#over(flight.load, guard.found) : guard,
      previous,
      onValue,
    })
  }

  /** What cannot be read is no reason not to load. */
  async #previous(older: Found<S> | undefined, key: string, call: Call): Promise<V | undefined> {
    try {
      return older === undefined ? undefined : await this.#engine.open(older, key, call)
    } catch (error) {
      reportFailure(this.#engine, error, call.id)
      return undefined
    }
  }

  /** Over an entry that is there its version guards; else a lease between processes, and the store's watch within one. */
  #guard(
    { key, call, settings }: Request<V>,
    { found, unreachable }: Opening<S>,
    flight: Flight<S>,
    opened: boolean,
    patience: Patience,
  ): Awaitable<Guarded<S>> {
    if (unreachable) return UNGUARDED
    const over = found !== undefined && visible(found, call.now) ? found : undefined
    if (over === undefined && this.#leases !== undefined) {
      return this.#leases.acquire({ key, kept: found, load: flight.load, leaseMs: settings.leaseMs }, patience)
    }
    const guard = this.#over(flight.load, over)
    if (opened) return guard
    // This read makes the store watch the key, and shows layers where the load begins. It is made for all who wait, so
    // the signal of one does not end it; and it comes behind what the call of that one still does, such as reclaiming.
    const look = newCall(call.now, { deadline: call.deadline, show: 'kept', load: flight.load, aside: true })
    return andThen(this.#engine.find(key, look), (now) =>
      now !== undefined && visible(now, call.now) && isNewer(now, over) ? { found: now } : guard,
    )
  }

  #over(load: Load, found: Found<S> | undefined): Guard {
    return watched(load, this.#engine.parts.stack.traits.conditional === 'none' ? undefined : found)
  }

  /** Waits as long as the caller may: for the value, for something older when it is late, or for its own end. */
  #wait(
    request: Request<V>,
    opening: Opening<S>,
    flight: Flight<S>,
    give: (sealed: Sealed<S> | undefined) => V | undefined,
  ): Promise<V | undefined> {
    const { call, settings } = request
    const { hardDeadlineMs, softDeadlineMs } = settings
    const { base, host, name, status } = this.#engine.parts
    const now = host.clock.now()
    flight.waiting += 1
    // The loader has its time in full, on top of what the cache's calls take before it runs.
    const hard = newCall(now, {
      deadline: (flight.loading ? now : call.deadline) + hardDeadlineMs,
      signal: call.signal,
    })
    const value = base.gate.deadlines.race(flight.result, hard, (code) => late(code, hardDeadlineMs)).then(give)
    let isLate = false
    const soft = newCall(now, { deadline: call.now + softDeadlineMs })
    const inTime = base.gate.deadlines.race(value, soft, (code) => {
      isLate = true
      return late(code, softDeadlineMs)
    })
    return inTime
      .catch(async (error: unknown) => {
        if (call.signal?.aborted === true) throw error
        if (flight.orphaned) {
          if (!status.open) throw closed(name, 'a load')
          return this.join(request, opening)
        }
        const older = await this.#older(request, opening, flight)
        if (older !== undefined) return older
        if (isLate) return value
        throw error
      })
      .finally(() => this.#leave(request.key, flight))
  }

  /** The stale or kept value, while it may be served. A load that is only late goes on behind it. */
  async #older({ key, call }: Request<V>, { found }: Opening<S>, flight: Flight<S>): Promise<V | undefined> {
    if (found === undefined || this.#engine.parts.host.clock.now() >= found.keptUntil) return undefined
    const value = await this.#previous(found, key, call)
    if (value !== undefined) flight.background = true
    return value
  }

  /** The last caller to leave a load that is under way ends it. */
  #leave(key: string, flight: Flight<S>): void {
    flight.waiting -= 1
    if (flight.waiting > 0 || flight.background || flight.settled) return
    if (this.#inAir.get(key) === flight) this.#inAir.delete(key)
    flight.controller.abort()
  }

  #failed({ key, settings }: Request<V>, opening: Opening<S>, flight: Flight<S>, error: unknown): void {
    if (isCacheError(error) && error.code === 'ABORTED' && flight.controller.signal.aborted) return
    const backoffMs = opening.found === undefined ? 0 : settings.backoffMs
    this.failures.add(key, error, this.#engine.parts.host.clock.now(), backoffMs, settings.failureTtlMs)
  }
}

function isNewer(found: Found<unknown>, over: Found<unknown> | undefined): boolean {
  return over === undefined || compareVersions(found.version, over.version) > 0
}

function late(code: 'TIMEOUT' | 'ABORTED', afterMs: number): CacheError {
  const what = code === 'TIMEOUT' ? `took longer than ${afterMs} ms` : "was aborted by the caller's signal"
  return new CacheError(code, `the load ${what}`, { operation: 'load' })
}
