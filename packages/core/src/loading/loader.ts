import { promised } from '../awaitable.js'
import type { Engine } from '../cache/engine.js'
import { ENTRY_RULES, type EntryOptions, lifetimesOf } from '../cache/lifetimes.js'
import { checkPresent, type Sealed } from '../cache/pipeline.js'
import { newCall } from '../call.js'
import type { Header } from '../contract.js'
import { CacheError } from '../errors.js'
import { checkOptions } from '../options.js'
import type { LoadEvent } from '../told.js'
import type { Flight } from './flight.js'
import type { Guard } from './guard.js'
import type { LoadContext, PartialLoader } from './options.js'
import { reportFailure } from './outage.js'
import { LOAD_MS_MARK } from './refresh.js'

/** One run of a loader. */
export interface Run<V, S> {
  readonly id: number
  readonly key: string
  readonly load: PartialLoader<V>
  readonly partial: boolean
  readonly options: EntryOptions | undefined
  readonly deadline: number
  /** Whether the entry is to say how long its load took, for refreshes at random. */
  readonly timed: boolean
  readonly flight: Flight<S>
  readonly guard: Guard
  readonly previous: V | undefined
  /** Told of the value itself, which only the first caller gets: all others get copies. */
  onValue(value: V): void
}

/** What the loader asked for while it ran. */
interface Wishes {
  options: EntryOptions | undefined
  store: boolean
}

/** Runs the loader and writes what it gives, under the guard. Settles when the value is there; the write follows. */
export async function runLoader<V, S>(engine: Engine<V, S>, run: Run<V, S>): Promise<Sealed<S> | undefined> {
  const { clock } = engine.parts.host
  const wishes: Wishes = { options: run.options, store: true }
  const begun = clock.now()
  try {
    const value = await bounded(engine, run, wishes)
    const ms = clock.now() - begun
    if (value === undefined) {
      if (!run.partial) checkPresent(value)
      drop(engine, run, ms, 'skipped')
      return undefined
    }
    const { header, sealed } = engine.seal(value, clock.now(), wishes.options)
    run.onValue(value)
    const marks = run.timed ? { ...header.marks, [LOAD_MS_MARK]: ms } : header.marks
    if (!wishes.store) drop(engine, run, ms, 'skipped')
    else if (run.guard.condition() === undefined) drop(engine, run, ms, 'discarded')
    else store(engine, run, ms, { ...header, marks }, sealed)
    return sealed
  } catch (error) {
    drop(engine, run, clock.now() - begun, 'failed', error)
    throw error
  } finally {
    run.guard.stop()
  }
}

/** Takes its turn in the key's lane now, behind every call made before the value was there. */
function store<V, S>(engine: Engine<V, S>, run: Run<V, S>, ms: number, header: Header, sealed: Sealed<S>): void {
  const { clock, background } = engine.parts.host
  // Of the time when its lifetime began, as every other write is: layers tell new entries by it.
  const call = newCall(header.createdAt, { deadline: clock.now() + engine.parts.deadlineMs, load: run.flight.load })
  const write = promised(() =>
    engine.turn([run.key], call, () => {
      const held = run.guard.condition()
      return held !== undefined && engine.put(run.key, header, sealed, call, held.when)
    }),
  )
  const settled = write.then(
    (stored) => {
      if (!stored) return drop(engine, run, ms, 'discarded')
      tell(engine, run, ms, 'stored')
      run.flight.end()
    },
    (error: unknown) => {
      drop(engine, run, ms, 'unstored', error)
      reportFailure(engine, error, run.id)
    },
  )
  background(settled)
}

/** Nothing is written: what was reserved is given back. */
function drop<V, S>(
  engine: Engine<V, S>,
  run: Run<V, S>,
  ms: number,
  outcome: LoadEvent['outcome'],
  error?: unknown,
): void {
  run.guard.release()
  run.flight.end()
  tell(engine, run, ms, outcome, error)
}

/** The loader within its time; the time is its own, on top of what the cache's calls take. */
async function bounded<V, S>(engine: Engine<V, S>, run: Run<V, S>, wishes: Wishes): Promise<V | undefined> {
  const { controller } = run.flight
  const now = engine.parts.host.clock.now()
  const late = (code: 'TIMEOUT' | 'ABORTED'): CacheError => {
    const isLate = code === 'TIMEOUT'
    if (isLate) controller.abort()
    const what = isLate ? `took longer than the ${run.deadline - now} ms it had` : 'was aborted: no caller waits for it'
    return new CacheError(code, `the loader ${what}`, { operation: 'load' })
  }
  if (controller.signal.aborted) throw late('ABORTED')
  const context: LoadContext<V> = {
    signal: controller.signal,
    previous: run.previous,
    keep(options) {
      checkOptions('keep', options, ENTRY_RULES)
      const lifetimes = lifetimesOf(options, lifetimesOf(wishes.options, engine.lifetimes))
      wishes.options = { ...lifetimes, tags: options.tags ?? wishes.options?.tags }
    },
    doNotStore() {
      wishes.store = false
    },
  }
  const limit = newCall(now, { deadline: run.deadline, signal: controller.signal })
  return engine.parts.base.gate.deadlines.race(
    promised(() => run.load(context)),
    limit,
    late,
  )
}

function tell<V, S>(
  engine: Engine<V, S>,
  run: Run<V, S>,
  ms: number,
  outcome: LoadEvent['outcome'],
  error?: unknown,
): void {
  const { events } = engine.parts
  if (events.hears('load')) events.emit('load', { id: run.id, key: run.key, ms, outcome, error })
}
