import {
  type Bus,
  type BusMessage,
  type Change,
  type GapReason,
  type Invalidation,
  isPromise,
  newCall,
  type Timer,
  toCacheError,
  type Version,
} from '@cachette/core'
import { promised } from '@cachette/core/adapter'
import type { CoherenceStats, TieredStats } from './counts.js'
import { Fleet, type Member } from './fleet.js'
import type { Near } from './near.js'
import type { Tell } from './notices.js'
import type { Settings } from './options.js'
import { outdated } from './outdated.js'
import type { Refills } from './refills.js'

/** How long a word on the bus may take. */
const WORD_MS = 1_000

/** How long after a failure listening is tried again; doubled up to the last. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

export interface CoherenceOptions<V> {
  readonly near: readonly Near<V>[]
  readonly refills: Refills
  readonly settings: Settings<V>
  readonly boundMs: number
  readonly tell: Tell
  stats(this: void): TieredStats
}

/**
 * Keeps copies in step with what other processes change. Until it listens, copies are neither made nor believed: a
 * change that nobody told would stay unnoticed.
 */
export class Coherence<V> {
  readonly #options: CoherenceOptions<V>
  readonly #bus: Bus | undefined
  readonly #fleet: Fleet | undefined
  /** Changes of this turn, which travel together. */
  #turn: Invalidation[] = []
  #stop: (() => unknown) | undefined
  #retry: Timer | undefined
  #isTrusted: boolean
  #isClosed = false
  #told = 0
  #heard = 0
  #gaps = 0
  #lagMs = 0
  #maxLagMs = 0

  constructor(options: CoherenceOptions<V>) {
    const { bus, clock, presenceMs, summary } = options.settings
    this.#options = options
    this.#bus = bus
    this.#isTrusted = bus === undefined
    if (bus === undefined) return
    this.#fleet = new Fleet({
      clock,
      presenceMs,
      summary: () => ({ ...countsOf(options.stats()), ...summary() }),
      publish: (presence) => this.#publish({ type: 'presence', presence }),
      failed: (error) => this.#failed('summary', error),
    })
    this.#listen(bus, FIRST_RETRY_MS)
  }

  /** Whether copies may be believed. */
  get trusted(): boolean {
    return this.#isTrusted
  }

  /** Tells the others, with all that changes in this turn. A lease is nobody's business: nothing is seen under it. */
  changed(changes: readonly Change<V>[]): void {
    if (this.#bus === undefined) return
    for (const { key, entry, version } of changes) {
      if (entry?.kind !== 'lease') this.#say({ scope: 'key', name: key, version })
    }
  }

  cleared(prefix: string, version: Version): void {
    if (this.#bus !== undefined) this.#say({ scope: 'prefix', name: prefix, version })
  }

  stats(): CoherenceStats {
    const { boundMs } = this.#options
    return {
      told: this.#told,
      heard: this.#heard,
      gaps: this.#gaps,
      lagMs: this.#lagMs,
      maxLagMs: this.#maxLagMs,
      boundMs,
    }
  }

  fleet(): readonly Member[] {
    return this.#fleet?.members() ?? []
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#retry?.cancel()
    this.#fleet?.close()
    this.#flush()
    await this.#unsubscribe()
  }

  async #unsubscribe(): Promise<void> {
    await promised(async () => this.#stop?.()).catch((error: unknown) => this.#failed('unsubscribe', error))
  }

  #say(change: Invalidation): void {
    this.#turn.push(change)
    this.#told += 1
    if (this.#turn.length === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    const changes = this.#turn
    if (changes.length === 0) return
    this.#turn = []
    this.#publish({ type: 'invalidate', changes })
  }

  #publish(message: BusMessage): void {
    const { bus, channel, clock } = this.#options.settings
    const now = clock.now()
    promised(async () => bus?.publish(channel, message, newCall(now, { deadline: now + WORD_MS }))).catch(
      (error: unknown) => this.#failed('publish', error),
    )
  }

  #listen(bus: Bus, retryMs: number): void {
    const { channel, clock } = this.#options.settings
    const now = clock.now()
    const listener = {
      message: (message: BusMessage, from: string) => this.#received(message, from),
      gap: ({ reason, since }: { readonly reason: GapReason; readonly since: number }) => this.#missed(reason, since),
    }
    const call = newCall(now, { deadline: now + WORD_MS })
    promised(async () => bus.subscribe(channel, listener, call)).then(
      (stop) => {
        this.#stop = stop
        if (this.#isClosed) {
          void this.#unsubscribe()
          return
        }
        // What outlived an earlier process may have been changed since.
        this.#empty()
        this.#isTrusted = true
        this.#fleet?.begin()
      },
      (error: unknown) => {
        this.#failed('subscribe', error)
        if (this.#isClosed) return
        const later = (): void => this.#listen(bus, Math.min(retryMs * 2, LAST_RETRY_MS))
        this.#retry = clock.setTimer(retryMs, later, { background: true })
      },
    )
  }

  #received(message: BusMessage, from: string): void {
    if (message.type === 'presence') this.#fleet?.heard(from, message.presence)
    else for (const change of message.changes) this.#outdate(change)
  }

  #outdate(change: Invalidation): void {
    const { near, refills, settings } = this.#options
    this.#heard += 1
    if (change.version !== undefined) {
      this.#lagMs = Math.max(0, settings.clock.now() - change.version.time)
      this.#maxLagMs = Math.max(this.#maxLagMs, this.#lagMs)
    }
    if (change.scope === 'key') refills.outdate([change.name])
    else refills.outdateAll(change.scope === 'prefix' ? change.name : '')
    for (const tier of near) {
      const done = outdated(tier, change, settings.clock)
      if (isPromise(done)) done.catch((error: unknown) => this.#failed('invalidate', error))
    }
  }

  #missed(reason: GapReason, since: number): void {
    this.#gaps += 1
    this.#empty()
    this.#options.tell({ type: 'gap', reason, since })
  }

  #empty(): void {
    const { near, refills } = this.#options
    refills.outdateAll('')
    for (const tier of near) {
      const done = tier.clear('')
      if (isPromise(done)) done.catch((error: unknown) => this.#failed('clear', error))
    }
  }

  #failed(operation: string, error: unknown): void {
    const source = this.#bus?.name ?? 'bus'
    this.#options.tell({ type: 'failure', source, operation, error: toCacheError(error, { source, operation }) })
  }
}

function countsOf({ tiers, pending, coherence }: TieredStats): Record<string, number> {
  const nearest = tiers[0]
  return {
    hits: tiers.reduce((sum, { hits }) => sum + hits, 0),
    nearHits: nearest?.hits ?? 0,
    misses: tiers.at(-1)?.misses ?? 0,
    pending,
    heard: coherence.heard,
    maxLagMs: coherence.maxLagMs,
  }
}
