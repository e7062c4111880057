import { around } from '../around.js'
import { andThen, promised } from '../awaitable.js'
import { compose } from '../compose.js'
import type { Traits } from '../contract.js'
import { CacheError, toCacheError } from '../errors.js'
import { json } from '../json.js'
import type { AnyLayer, Host, Layer } from '../layer.js'
import type { Flight } from '../loading/flight.js'
import { Flights } from '../loading/flights.js'
import { Leases } from '../loading/lease.js'
import type { LoadDefaults } from '../loading/options.js'
import { CLOSE_DEADLINE_MS, innerShell, type StoreShell } from '../shell.js'
import { checkBinding, checkEncode, checkOrder } from '../stack-checks.js'
import type { Notice } from '../told.js'
import type { ValueLayer } from '../values.js'
import { Background } from './background.js'
import { claimLayers } from './claims.js'
import { Engine } from './engine.js'
import { Events } from './events.js'
import { Handle } from './handle.js'
import { DEFAULT_LIFETIMES, lifetimesOf } from './lifetimes.js'
import {
  type ByteCacheOptions,
  CACHE_DEFAULTS,
  type CacheOptions,
  checkCacheOptions,
  holdsBytes,
  type ReferenceCacheOptions,
} from './options.js'
import { byCodec, byReference, type Pipeline } from './pipeline.js'
import type { Cache } from './types.js'

/** A cache over a store: with a codec for stores of bytes, by reference for stores that take anything. */
export function createCache<V = unknown>(options: ByteCacheOptions<V>): Cache<V>
export function createCache<V>(options: ReferenceCacheOptions<V>): Cache<V>
export function createCache<V>(options: CacheOptions<V>): Cache<V> {
  const settings = checkCacheOptions(options)
  checkOrder(options.use ?? [], 'use')
  if (!holdsBytes(options)) {
    const pipeline = byReference(options.weigh ?? weightless)
    return build(options, settings, {
      base: innerShell(options.store, options),
      use: options.use ?? [],
      pipeline,
      layers: [],
      nothing: undefined,
    })
  }
  const [codec, ...layers] = options.encode ?? [json<V>()]
  checkEncode('createCache', codec, layers)
  checkBinding(layers, options.use ?? [])
  const codings = layers.map((layer) => layer.coding)
  return build(options, settings, {
    base: innerShell(options.store, options),
    use: options.use ?? [],
    pipeline: byCodec(codec, codings),
    layers,
    nothing: new Uint8Array(0),
  })
}

const weightless = (): number => 0

/** What differs between a cache of bytes and one by reference. */
interface Kind<V, S> {
  readonly base: StoreShell<S>
  readonly use: readonly Layer<S>[]
  readonly pipeline: Pipeline<V, S>
  readonly layers: readonly ValueLayer[]
  /** The value of a lease that holds none. */
  readonly nothing: S | undefined
}

function build<V, S>(options: CacheOptions<V>, settings: LoadDefaults, kind: Kind<V, S>): Cache<V> {
  const { base, use, pipeline, layers, nothing } = kind
  const name = options.name ?? base.name
  const events = new Events()
  const damage = new Set<number>()
  const damagedIsError = (options.damaged ?? CACHE_DEFAULTS.damaged) === 'error'
  const report = (notice: Notice): void => {
    if (damagedIsError && notice.type === 'damage' && notice.id !== undefined) damage.add(notice.id)
    events.notice(notice)
  }
  const background = new Background((error) =>
    report({ type: 'failure', operation: 'background', source: name, error: toCacheError(error) }),
  )
  const host: Host = {
    clock: base.clock,
    versions: base.versions,
    report,
    on: (event, listener) => events.on(event, listener),
    background: (work) => background.add(work),
  }
  const lifetimes = lifetimesOf(options, DEFAULT_LIFETIMES)
  const letGo = claimLayers([...use, ...layers], name)
  const status = { open: true }
  const engine = attempt(letGo, () => {
    const all = damagedIsError ? [refuseDamage(damage), ...use] : use
    const stack = compose(base, all, { ...host, close: () => base.release() })
    const deadlineMs = options.deadlineMs ?? CACHE_DEFAULTS.deadlineMs
    const traits: Traits = pipeline.async ? { ...stack.traits, sync: 'none' } : stack.traits
    const parts = { name, base, stack, traits, pipeline, host, events, deadlineMs, damagedIsError, status }
    return new Engine<V, S>(parts, '', lifetimes)
  })
  const { stack } = engine.parts
  const stop = base.observe(report)
  base.retain()

  const leased = stack.traits.conditional === 'shared'
  const flights = new Flights(engine, {
    settings,
    random: options.random ?? Math.random,
    leases: leased ? new Leases(engine, nothing) : undefined,
    inAir: use.some((layer) => layer.renames === true) ? new Map<string, Flight<S>>() : base.flights(pipeline.name),
  })
  const close = (): Promise<void> => {
    status.open = false
    flights.abort()
    return promised(() => base.gate.within(background.drained(), CLOSE_DEADLINE_MS))
      .finally(() => (stack === base ? base.release() : stack.close()))
      .finally(() => {
        stop()
        letGo()
        events.emit('close', { name })
      })
  }
  let closing: Promise<void> | undefined
  return new Handle({ name, engine, flights, layers, close: () => (closing ??= close()) })
}

function attempt<T>(undo: () => void, run: () => T): T {
  try {
    return run()
  } catch (error) {
    undo()
    throw error
  }
}

/** Where damage is to be an error, the call that came across it fails, whoever found it. */
function refuseDamage(damage: Set<number>): AnyLayer {
  return around({
    name: 'damage',
    around: (passing, proceed) =>
      andThen(proceed(), (answer) => {
        if (!damage.delete(passing.call.id)) return answer
        throw new CacheError('CORRUPT', 'what is stored is damaged', { operation: passing.verb })
      }),
  })
}
