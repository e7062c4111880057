import type { Clock, Timer } from './clock.js'
import type { Call } from './contract.js'
import type { CacheError } from './errors.js'
import { getOrMake } from './maps.js'

/** Says how a call that ran out of time or was aborted fails; asked only when it does. */
export type Late = (code: 'TIMEOUT' | 'ABORTED') => CacheError

/** Those who race against a signal, and what tells them. */
interface Heard {
  readonly races: Set<Race>
  readonly listener: () => void
}

/** One caller's waiting. An object with methods, since every call over an async store makes one. */
class Race {
  readonly #deadlines: Deadlines
  readonly #call: Call
  readonly #late: Late
  readonly #reject: (error: CacheError) => void

  constructor(deadlines: Deadlines, call: Call, late: Late, reject: (error: CacheError) => void) {
    this.#deadlines = deadlines
    this.#call = call
    this.#late = late
    this.#reject = reject
  }

  enter(): void {
    this.#deadlines.enter(this, this.#call)
  }

  leave(): void {
    this.#deadlines.leave(this, this.#call)
  }

  /** The deadline or the signal came first. */
  lose(code: 'TIMEOUT' | 'ABORTED'): void {
    this.leave()
    this.#reject(this.#late(code))
  }
}

/**
 * Every call settles within its deadline (F1), with one timer for all of them: races that end together share
 * a bucket, and the timer is set for the soonest.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #buckets = new Map<number, Set<Race>>()
  readonly #signals = new Map<AbortSignal, Heard>()
  #timer: Timer | undefined
  #timerAt = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The work, or the failure if its time comes first. The work itself goes on. */
  race<T>(work: Promise<T>, call: Call, late: Late): Promise<T> {
    if (call.deadline === Infinity && call.signal === undefined) return work
    return new Promise<T>((resolve, reject) => {
      const race = new Race(this, call, late, reject)
      // First of all, so that work which fails after its caller has been told something else fails unheard.
      work.then(
        (value) => {
          race.leave()
          resolve(value)
        },
        (error: unknown) => {
          race.leave()
          reject(error)
        },
      )
      race.enter()
    })
  }

  /** For races alone. */
  enter(race: Race, { deadline, signal }: Call): void {
    if (signal?.aborted === true) {
      race.lose('ABORTED')
      return
    }
    if (signal !== undefined) this.#hear(signal, race)
    if (deadline === Infinity) return
    const at = Math.ceil(deadline)
    const bucket = this.#buckets.get(at)
    if (bucket !== undefined) bucket.add(race)
    else this.#buckets.set(at, new Set([race]))
    if (at < this.#timerAt) this.#arm(at)
  }

  /** For races alone; more than once does no harm. */
  leave(race: Race, { deadline, signal }: Call): void {
    if (signal !== undefined) this.#unhear(signal, race)
    const at = Math.ceil(deadline)
    const bucket = this.#buckets.get(at)
    if (bucket?.delete(race) !== true || bucket.size > 0) return
    this.#buckets.delete(at)
    if (this.#buckets.size === 0) this.#disarm()
  }

  /** One listener for all races of a signal: Node warns of more than ten, and one signal often goes with many calls. */
  #hear(signal: AbortSignal, race: Race): void {
    const { races } = getOrMake(this.#signals, signal, () => {
      const heard = {
        races: new Set<Race>(),
        listener: () => {
          for (const one of [...heard.races]) one.lose('ABORTED')
        },
      }
      signal.addEventListener('abort', heard.listener)
      return heard
    })
    races.add(race)
  }

  #unhear(signal: AbortSignal, race: Race): void {
    const heard = this.#signals.get(signal)
    if (heard?.races.delete(race) !== true || heard.races.size > 0) return
    signal.removeEventListener('abort', heard.listener)
    this.#signals.delete(signal)
  }

  #arm(at: number): void {
    this.#disarm()
    this.#timerAt = at
    this.#timer = this.#clock.setTimer(at - this.#clock.now(), () => this.#fire())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  #fire(): void {
    this.#disarm()
    const now = this.#clock.now()
    for (const [at, bucket] of this.#buckets) if (at <= now) for (const race of [...bucket]) race.lose('TIMEOUT')
    let soonest = Infinity
    for (const at of this.#buckets.keys()) soonest = Math.min(soonest, at)
    if (soonest !== Infinity) this.#arm(soonest)
  }
}
