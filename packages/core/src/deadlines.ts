import type { Clock, Timer } from './clock.js'
import type { Call } from './contract.js'
import type { CacheError } from './errors.js'
import { getOrMake } from './maps.js'

/** Says how a call that ran out of time or was aborted fails; asked only when it does. */
export type Late = (code: 'TIMEOUT' | 'ABORTED') => CacheError

/** Ends a race: the deadline or the signal came first. */
type Lose = () => void

/** Those who race against a signal, and what tells them. */
interface Heard {
  readonly races: Set<Lose>
  readonly listener: () => void
}

/**
 * Every call settles within its deadline (F1), with one timer for all of them: races that end together share
 * a bucket, and the timer is set for the soonest.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #buckets = new Map<number, Set<Lose>>()
  readonly #signals = new Map<AbortSignal, Heard>()
  #timer: Timer | undefined
  #timerAt = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The work, or the failure if its time comes first. The work itself goes on. */
  race<T>(work: Promise<T>, call: Call, late: Late): Promise<T> {
    const { signal } = call
    if (call.deadline === Infinity && signal === undefined) return work
    return new Promise<T>((resolve, reject) => {
      const at = Math.ceil(call.deadline)
      const timeOut = (): void => lose('TIMEOUT')
      const abort = (): void => lose('ABORTED')
      const leave = (): void => {
        this.#leave(at, timeOut)
        if (signal !== undefined) this.#unhear(signal, abort)
      }
      const lose = (code: 'TIMEOUT' | 'ABORTED'): void => {
        leave()
        reject(late(code))
      }
      // First of all, so that work which fails after its caller has been told something else fails unheard.
      work.then(
        (value) => {
          leave()
          resolve(value)
        },
        (error: unknown) => {
          leave()
          reject(error)
        },
      )
      if (signal?.aborted === true) return lose('ABORTED')
      if (signal !== undefined) this.#hear(signal, abort)
      if (at !== Infinity) this.#enter(at, timeOut)
    })
  }

  /** One listener for all races of a signal: Node warns of more than ten, and one signal often goes with many calls. */
  #hear(signal: AbortSignal, lose: Lose): void {
    const { races } = getOrMake(this.#signals, signal, () => {
      const heard = {
        races: new Set<Lose>(),
        listener: () => {
          for (const abort of [...heard.races]) abort()
        },
      }
      signal.addEventListener('abort', heard.listener)
      return heard
    })
    races.add(lose)
  }

  #unhear(signal: AbortSignal, lose: Lose): void {
    const heard = this.#signals.get(signal)
    if (heard?.races.delete(lose) !== true || heard.races.size > 0) return
    signal.removeEventListener('abort', heard.listener)
    this.#signals.delete(signal)
  }

  #enter(at: number, lose: Lose): void {
    getOrMake(this.#buckets, at, () => new Set()).add(lose)
    if (at < this.#timerAt) this.#arm(at)
  }

  #leave(at: number, lose: Lose): void {
    const bucket = this.#buckets.get(at)
    if (bucket?.delete(lose) !== true || bucket.size > 0) return
    this.#buckets.delete(at)
    if (this.#buckets.size === 0) this.#disarm()
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
    for (const [at, bucket] of this.#buckets) if (at <= now) for (const lose of [...bucket]) lose()
    let soonest = Infinity
    for (const at of this.#buckets.keys()) soonest = Math.min(soonest, at)
    if (soonest !== Infinity) this.#arm(soonest)
  }
}
