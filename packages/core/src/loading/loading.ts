import { andThen, recover } from '../awaitable.js'
import { type Engine, outcomeOf } from '../cache/engine.js'
import { visible } from '../conditions.js'
import type { Awaitable, Call, Found } from '../contract.js'
import { Flight } from './flight.js'
import type { Flights, Opening, Request } from './flights.js'
import { reportOutage } from './outage.js'
import { type Loader, type LoadOptions, type PartialLoader, settingsOf } from './options.js'
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
    const request = this.request(this.#engine.key(key), load, options)
    const settled = (value: V | undefined): Awaitable<V> =>
      value === undefined ? andThen(this.begin(request), settled) : value
    return settled(undefined)
  }

  request(
    key: string,
    load: PartialLoader<V>,
    options: LoadOptions | undefined,
    onWaiting = (): void => undefined,
  ): Request<V> {
    const settings = settingsOf(options, this.#flights.settings)
    return { key, call: this.#engine.call(options, 'value', 'kept'), load, options, settings, onWaiting }
  }

  /** The value; `undefined` where it was left out by the batched loader of a flight that was joined. */
  begin(request: Request<V>): Awaitable<V | undefined> {
    const { key, call } = request
    // A store that answers at once is asked again on a miss, so that a hit needs no watch.
    const flight = this.#engine.parts.stack.traits.sync === 'none' ? this.#flights.prepare() : undefined
    const first = flight === undefined ? call : { ...call, load: flight.load }
    return andThen(this.#open(key, first), (opening) => this.proceed(request, opening, flight))
  }

  /** From the first read on: `flight` is the one whose load made it, if any. */
  proceed(request: Request<V>, opening: Opening<S>, flight?: Flight<S>): Awaitable<V | undefined> {
    const { key, call } = request
    const { found } = opening
    if (found === undefined || !visible(found, call.now)) return this.#miss(request, opening, flight)
    flight?.end()
    return andThen(this.#engine.open(found, key, call), (value) => {
      if (value === undefined) return this.#miss(request, ABSENT)
      this.#served(request, found)
      return value
    })
  }

  #open(key: string, call: Call): Awaitable<Opening<S>> {
    return recover<Opening<S>, Opening<S>>(
      () => andThen(this.#engine.find(key, call), (found) => ({ found, unreachable: false })),
      (error) => {
        reportOutage(this.#engine, error, call)
        return { found: undefined, unreachable: true }
      },
    )
  }

  /** A value is there: it slides, and is refreshed in the background where that is due. */
  #served(request: Request<V>, found: Found<S>): void {
    const { key, call, settings } = request
    const outcome = outcomeOf(found, call.now)
    this.#engine.slide(found, key, call)
    this.#engine.tell('get', call, [key], () => [outcome])
    if (outcome === 'hit' && !isDue(found, call.now, settings.refreshAhead, this.#flights.random)) return
    this.#flights.refresh(request, found, outcome === 'hit' ? 'ahead' : 'stale')
  }

  #miss(request: Request<V>, opening: Opening<S>, flight?: Flight<S>): Awaitable<V | undefined> {
    const { key, call } = request
    this.#engine.tell('get', call, [key], () => ['miss'])
    const failure = this.#flights.failures.current(key, call.now)
    if (failure !== undefined && opening.found !== undefined) {
      flight?.end()
      return this.#engine.open(opening.found, key, call)
    }
    if (failure !== undefined && call.now < failure.rememberedUntil) {
      flight?.end()
      throw failure.error
    }
    return this.#flights.join(request, opening, flight)
  }
}

const ABSENT = { found: undefined, unreachable: false }
