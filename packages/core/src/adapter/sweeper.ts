import type { Clock, Timer } from '../clock.js'
import type { Awaitable } from '../contract.js'
import { CacheError, toCacheError } from '../errors.js'
import { tellAll } from '../listeners.js'
import { checkOptions, FUNCTION, type Rules, SIGNAL } from '../options.js'

export interface SweepReport {
  readonly examined: number
  readonly reclaimed: number
  /** As stored, of what was reclaimed. */
  readonly bytes: number
  readonly elapsedMs: number
  /** What ended the sweep early; the next one begins anew. */
  readonly failure?: CacheError | undefined
}

export interface SweepOptions {
  readonly signal?: AbortSignal | undefined
  /** Told after each slice what has been done so far. */
  readonly onProgress?: ((soFar: SweepReport) => void) | undefined
}

const SWEEP_RULES: Rules<SweepOptions> = { signal: SIGNAL, onProgress: FUNCTION }

/** The options that every store with a sweeper has. */
export interface SweepSettings {
  /** How long after a write, or the end of the last sweep, the next one begins; `Infinity` for never. */
  readonly sweepMs: number
  readonly onSweep?: ((report: SweepReport) => void) | undefined
}

export const SWEEP_DEFAULTS = { sweepMs: 300_000 } as const satisfies SweepSettings

/** A part of a sweep that is short enough to hold up nothing else. No `next` where it was the last. */
export interface Slice<C> {
  readonly examined: number
  readonly reclaimed: number
  readonly bytes: number
  readonly next: C | undefined
}

export interface SweeperOptions<C> extends SweepSettings {
  readonly source: string
  readonly clock: Clock
  /** Goes on from the cursor and reclaims what is kept no longer at `now`, each only if it is still the same one. */
  readonly slice: (from: C | undefined, now: number) => Awaitable<Slice<C>>
}

/** Further apart than any two clocks that mean the same time. */
const FOREIGN_MS = 60_000

const NOTHING: SweepReport = { examined: 0, reclaimed: 0, bytes: 0, elapsedMs: 0 }

/** Reclaims what is kept no longer, slice by slice, in the background and when asked. One sweep runs at a time. */
export class Sweeper<C> {
  readonly #options: SweeperOptions<C>
  #timer: Timer | undefined
  #running: Promise<SweepReport> | undefined
  #foreignNow = Infinity
  #closed = false

  constructor(options: SweeperOptions<C>) {
    this.#options = options
  }

  /**
   * Told of each write and its time, since what was never written to needs no sweep. Where calls bring the time of
   * another clock, as when a test hands its own to the cache alone, only what has ended by both is reclaimed.
   */
  saw(now: number): void {
    const { clock } = this.#options
    if (Math.abs(clock.now() - now) > FOREIGN_MS) this.#foreignNow = now
    this.#arm()
  }

  /** Joins a sweep that is under way, whose progress is then not told. Rejects with what made it fail. */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    checkOptions('sweep', options, SWEEP_RULES)
    if (this.#closed) throw this.#refusal('CLOSED', 'the store has been closed')
    const report = await (this.#running ?? this.#run(options))
    if (report.failure !== undefined) throw report.failure
    return report
  }

  /** Ends after the slice that is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  #arm(): void {
    const { clock, sweepMs } = this.#options
    if (this.#timer !== undefined || this.#running !== undefined || this.#closed || sweepMs === Infinity) return
    this.#timer = clock.setTimer(sweepMs, () => void this.#run({}), { background: true })
  }

  #run(options: SweepOptions): Promise<SweepReport> {
    this.#timer?.cancel()
    this.#timer = undefined
    const running = this.#pass(options).then((report) => {
      this.#running = undefined
      this.#arm()
      this.#tell(report)
      return report
    })
    this.#running = running
    return running
  }

  async #pass({ signal, onProgress }: SweepOptions): Promise<SweepReport> {
    const { clock, slice, source } = this.#options
    const begun = clock.now()
    let report = NOTHING
    try {
      for (let cursor: C | undefined, first = true; first || cursor !== undefined; first = false) {
        if (this.#closed) break
        if (signal?.aborted === true) throw this.#refusal('ABORTED', 'the signal aborted the sweep')
        const { examined, reclaimed, bytes, next } = await slice(cursor, Math.min(clock.now(), this.#foreignNow))
        report = {
          examined: report.examined + examined,
          reclaimed: report.reclaimed + reclaimed,
          bytes: report.bytes + bytes,
          elapsedMs: clock.now() - begun,
        }
        onProgress?.(report)
        cursor = next
        await aTurn()
      }
      return report
    } catch (error) {
      return { ...report, failure: toCacheError(error, { operation: 'sweep', source }) }
    }
  }

  #refusal(code: 'CLOSED' | 'ABORTED', why: string): CacheError {
    const { source } = this.#options
    return new CacheError(code, `sweep on ${source}: ${why}`, { operation: 'sweep', source })
  }

  #tell(report: SweepReport): void {
    const { onSweep } = this.#options
    if (onSweep !== undefined) tellAll([onSweep], report)
  }
}

/** Lets the event loop go round; its length is no matter, so no clock measures it. */
function aTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
