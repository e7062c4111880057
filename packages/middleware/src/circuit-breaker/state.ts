import type { CircuitBreakerSettings } from './options.js'
import { CountWindow, TimeWindow, type Window } from './window.js'

export type BreakerStatus = 'closed' | 'open' | 'half-open'

/** Why it changed: too many failures or slow calls, its time open is over, a probe came back, or somebody said so. */
export type BreakerCause = 'failures' | 'slowness' | 'time' | 'probe' | 'trip' | 'reset'

export interface BreakerChange {
  readonly from: BreakerStatus
  readonly to: BreakerStatus
  readonly cause: BreakerCause
  /** What the window held. */
  readonly calls: number
  readonly failed: number
  readonly slow: number
}

/** What a call came to: `void` says nothing about the store. */
export type Verdict = 'good' | 'failed' | 'slow' | 'void'

/** The three states and the ways between them. No clock, no timers: whoever asks says what time it is. */
export class BreakerState {
  readonly #told: (change: BreakerChange) => void
  #settings: CircuitBreakerSettings
  #window: Window
  #status: BreakerStatus = 'closed'
  /** Changes with the status. What was let in under another says nothing about this one. */
  #era = 0
  /** From when on a probe may pass; nothing where that is still to be counted from the next call. */
  #until: number | undefined
  #openMs = 0
  #isProbing = false
  #goodProbes = 0

  constructor(settings: CircuitBreakerSettings, told: (change: BreakerChange) => void) {
    this.#settings = settings
    this.#window = windowOf(settings)
    this.#told = told
  }

  get status(): BreakerStatus {
    return this.#status
  }

  get isClosed(): boolean {
    return this.#status === 'closed'
  }

  get era(): number {
    return this.#era
  }

  /** How long until a probe may pass; 0 where one is under way. */
  waitMs(now: number): number {
    return this.#status === 'open' && this.#until !== undefined ? Math.max(0, this.#until - now) : 0
  }

  /** What has been counted stays, unless it is to be counted otherwise. */
  configure(settings: CircuitBreakerSettings): void {
    const { windowCalls, windowMs } = this.#settings
    this.#settings = settings
    if (settings.windowCalls !== windowCalls || settings.windowMs !== windowMs) this.#window = windowOf(settings)
  }

  /** Whether a call may pass. In `half-open` one at a time may. */
  admits(now: number): boolean {
    if (this.#status === 'closed') return true
    if (this.#status === 'open') {
      this.#until ??= now + this.#openMs
      if (now < this.#until) return false
      this.#become('half-open', 'time', now)
    }
    if (this.#isProbing) return false
    this.#isProbing = true
    return true
  }

  /** What became of a call that was let in during this era. */
  settle(era: number, verdict: Verdict, now: number): void {
    if (era !== this.#era) return
    if (this.#status === 'half-open') this.#probed(verdict, now)
    else if (verdict !== 'void') this.#counted(verdict, now)
  }

  /** Opens it for that long; without a time, that is counted from the next call. */
  trip(openMs: number, now: number | undefined): void {
    this.#open('trip', openMs, now)
  }

  /** Closes it, and forgets what it has counted. */
  reset(now: number): void {
    this.#become('closed', 'reset', now)
  }

  #counted(verdict: 'good' | 'failed' | 'slow', now: number): void {
    const { failureRate, slowRate, minCalls, openMs } = this.#settings
    this.#window.add(verdict === 'failed', verdict === 'slow', now)
    if (verdict === 'good') return
    const { calls, failed, slow } = this.#window.tally(now)
    if (calls < minCalls) return
    if (verdict === 'failed' && failed >= failureRate * calls) this.#open('failures', openMs, now)
    if (verdict === 'slow' && slow >= slowRate * calls) this.#open('slowness', openMs, now)
  }

  #probed(verdict: Verdict, now: number): void {
    this.#isProbing = false
    const { probes, openMs } = this.#settings
    if (verdict === 'void') return
    if (verdict !== 'good') {
      this.#open('probe', openMs, now)
      return
    }
    this.#goodProbes += 1
    if (this.#goodProbes >= probes) this.#become('closed', 'probe', now)
  }

  #open(cause: BreakerCause, openMs: number, now: number | undefined): void {
    this.#openMs = openMs
    this.#until = now === undefined ? undefined : now + openMs
    this.#become('open', cause, now ?? 0)
  }

  #become(to: BreakerStatus, cause: BreakerCause, now: number): void {
    const from = this.#status
    this.#era += 1
    this.#isProbing = false
    this.#goodProbes = 0
    this.#status = to
    const tally = this.#window.tally(now)
    if (to === 'closed') this.#window = windowOf(this.#settings)
    if (from !== to) this.#told({ from, to, cause, ...tally })
  }
}

function windowOf({ windowCalls, windowMs }: CircuitBreakerSettings): Window {
  return windowMs === Infinity ? new CountWindow(windowCalls) : new TimeWindow(windowMs)
}
