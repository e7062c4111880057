import { andThen, isFound, isPromise } from '../awaitable.js'
import { type Engine, outcomeOf } from '../cache/engine.js'
import { visible } from '../conditions.js'
import type { Awaitable, Call, Found } from '../contract.js'
import { keptIn } from '../kept.js'
import { checkArgument } from '../options.js'
import type { Flight } from './flight.js'
import type { Flights, Opening, Request } from './flights.js'
import { LOAD_CALL_RULES, type Loader, type LoadOptions, settingsOf } from './options.js'
import { reportOutage } from './outage.js'
import { isDue } from './refresh.js'

/** `getOrSet`: what is there is served, refreshed where that is due; what is not is loaded once for all who ask. */
export class Loading<V, S> {
  readonly #engine: Engine<V, S>
  readonly #flights: Flights<V, S>

  constructor(engine: Engine<V, S>, flights: Flights<V, S>) {
    this.#engine = engine
    this.#flights = flights
  }

  getOrSet(key: string, load: Loader<V>, options?: LoadOptions): Awaitable<V> {
    checkArgument('getOrSet', 'the loader', load, 'function')
    const full = this.#engine.key(key)
    const { call, settings } = this.requests(options)
    const request = { key: full, call, load, partial: false, options, settings, onWaiting: nothing, onRefresh: nothing }
    const value = this.#begin(request)
    // What is left out was left out by the batched loader that another caller had brought.
    if (isPromise(value))
      return value.then((given) => (given === undefined ? this.getOrSet(key, load, options) : given))
    return value === undefined ? this.getOrSet(key, load, options) : value
  }

  /** What the requests of one call have in common. */
  requests(options: LoadOptions | undefined): Pick<Request<V>, 'call' | 'options' | 'settings'> {
    const call = this.#engine.call(options, LOAD_CALL_RULES, 'value', 'kept')
    return { call, options, settings: settingsOf(options, this.#flights.settings) }
  }

  /** From the first read on: `flight` is the one whose load made it, if any. */
  proceed(request: Request<V>, opening: Opening<S>, flight?: Flight<S>): Awaitable<V | undefined> {
    const { key, call } = request
    const { found } = opening
    if (found === undefined || !visible(found, call.now)) return this.#miss(request, opening, flight)
    flight?.end()
    const value = this.#engine.open(found, key, call)
    return isPromise(value)
      ? value.then((later) => this.#given(request, found, later))
      : this.#given(request, found, value)
  }

  #begin(request: Request<V>): Awaitable<V | undefined> {
    const { key, call, options } = request
    // A store that answers at once is asked again on a miss, so that a hit needs no watch.
    const flight = this.#engine.parts.stack.traits.sync === 'none' ? this.#flights.prepare(options) : undefined
    let found: Awaitable<Found<S> | undefined>
    try {
      found = this.#engine.find(key, flight === undefined ? call : { ...call, load: flight.load })
    } catch (error) {
      return this.proceed(request, this.#unreachable(error, call, flight), flight)
    }
    if (isFound(found)) return this.proceed(request, openingOf(found, call), flight)
    return found
      .then(
        (entry) => openingOf(entry, call),
        (error: unknown) => this.#unreachable(error, call, flight),
      )
      .then((opening) => this.proceed(request, opening, flight))
  }

  #unreachable(error: unknown, call: Call, flight: Flight<S> | undefined): Opening<S> {
    try {
      reportOutage(this.#engine, error, call.id)
    } catch (own) {
      flight?.end()
      throw own
    }
    return UNREACHABLE
  }

  /** A value is there: it is refreshed in the background where that is due, and slides where it is not. */
  #given(request: Request<V>, found: Found<S>, value: V | undefined): Awaitable<V | undefined> {
    if (value === undefined) return this.#miss(request, ABSENT)
    const { key, call, settings } = request
    const outcome = outcomeOf(found, call.now)
    const { events } = this.#engine.parts
    if (events.hears('get')) events.emit('get', { id: call.id, keys: [key], outcomes: [outcome] })
    if (outcome === 'stale') this.#flights.refresh(request, found, 'stale')
    else if (isDue(found, call.now, settings.refreshAhead, this.#flights.random)) {
      this.#flights.refresh(request, found, 'ahead')
    } else this.#engine.slide(found, key, call)
    return value
  }

  #miss(request: Request<V>, opening: Opening<S>, flight?: Flight<S>): Awaitable<V | undefined> {
    const { key, call } = request
    this.#engine.tell('get', call, [key], () => ['miss'])
    const failure = this.#flights.failures.current(key, call.now)
    if (failure === undefined) return this.#flights.join(request, opening, flight)
    const { found } = opening
    if (found !== undefined) {
      flight?.end()
      return andThen(this.#engine.open(found, key, call), (value) =>
        value === undefined ? this.#flights.join(request, ABSENT) : value,
      )
    }
    if (call.now >= failure.rememberedUntil) return this.#flights.join(request, opening, flight)
    flight?.end()
    throw failure.error
  }
}

/** What a first read came to: a value that is there, or one that is kept, be it inside another process's lease. */
export function openingOf<S>(found: Found<S> | undefined, call: Call): Opening<S> {
  const kept = found === undefined ? undefined : keptIn(found)
  return kept !== undefined && call.now < kept.keptUntil ? { found: kept, unreachable: false } : ABSENT
}

export const UNREACHABLE: Opening<never> = { found: undefined, unreachable: true }
const ABSENT: Opening<never> = { found: undefined, unreachable: false }

const nothing = (): undefined => undefined
