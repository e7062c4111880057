import {
  type Call,
  type Change,
  type Clock,
  type Condition,
  type Store,
  type Version,
  type Versions,
  versions,
} from '@cachette/core'
import type { PutOptions, RemoveOptions } from './check.js'
import type { Subject } from './subject.js'
import { type SampleValues, samplesOf } from './values.js'

const HOUR_MS = 3_600_000

/** The one writer of a trial: versions come out the same on each run. */
const WRITER = 1

/** Makes changes and calls from what differs from the ordinary. */
export class Makers {
  readonly #clock: Clock
  readonly #samples: SampleValues
  readonly #versions: Versions
  #calls = 0
  #puts = 0

  constructor(clock: Clock, samples: SampleValues) {
    this.#clock = clock
    this.#samples = samples
    this.#versions = versions(clock, WRITER)
  }

  call(options: Partial<Call> = {}): Call {
    this.#calls += 1
    // Every other call spells the defaults out: both forms mean the same.
    const defaults = this.#calls % 2 === 0 ? ({ want: 'value', show: 'live' } as const) : {}
    return { id: this.#calls, now: this.#clock.now(), deadline: Infinity, ...defaults, ...options }
  }

  version(): Version {
    return this.#versions.next()
  }

  put(key: string, options: PutOptions = {}): Change<unknown> {
    const now = this.#clock.now()
    const expiresAt = options.expiresAt ?? now + HOUR_MS
    this.#puts += 1
    const value = 'value' in options ? options.value : this.#samples.value(this.#puts)
    const version = options.version ?? this.version()
    const entry = {
      createdAt: options.createdAt ?? Math.min(now, expiresAt),
      staleAt: options.staleAt ?? expiresAt,
      expiresAt,
      keptUntil: options.keptUntil ?? expiresAt,
      version,
      kind: options.kind ?? 'value',
      tags: options.tags ?? [],
      marks: options.marks ?? {},
      // What somebody weighed it at, where it is no bytes.
      size: value instanceof Uint8Array ? value.byteLength : 1,
      value,
    }
    return { key, entry, version, ...when(options.when) }
  }

  remove(key: string, options: RemoveOptions = {}): Change<unknown> {
    return { key, entry: undefined, version: options.version ?? this.version(), ...when(options.when) }
  }
}

/** What the code in a failure text is written with. */
export interface Calls {
  /** When the clock was started. */
  readonly t: number
  call(options?: Partial<Call>): Call
  put(key: string, options?: PutOptions): Change<unknown>
  remove(key: string, options?: RemoveOptions): Change<unknown>
}

/** Makes changes and calls as the kit does, so that the code in a failure text can be run. */
export function callsOn(subject: Subject<unknown>, store: Store<unknown>, clock: Clock): Calls {
  const makers = new Makers(clock, samplesOf(subject, store.traits))
  return {
    t: clock.now(),
    call: (options) => makers.call(options),
    put: (key, options) => makers.put(key, options),
    remove: (key, options) => makers.remove(key, options),
  }
}

function when(condition: Condition | undefined): { readonly when?: Condition } {
  return condition === undefined ? {} : { when: condition }
}
