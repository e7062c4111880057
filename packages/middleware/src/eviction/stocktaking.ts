import { type Found, type Host, newCall, type Store, type Timer, toCacheError } from '@cachette/core'
import { readWarmth, type Warmth, writeWarmth } from './warmth.js'

/** How long a page of the scan may take. */
const PAGE_MS = 30_000
const FIRST_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000

export interface StockListener<V> {
  /** `isWarm`: it was among those used most before the last close. */
  found(key: string, found: Found<V>, now: number, isWarm: boolean): void
  pageEnds(now: number): void
}

/** Finds out, aside, what was in a store when it was opened: page after page of headers, tried again if it fails. */
export class Stocktaking<V> {
  readonly #next: Store<V>
  readonly #host: Host
  readonly #source: string
  readonly #want: 'value' | 'header'
  readonly #listener: StockListener<V>
  readonly #ended = new AbortController()
  readonly known: Promise<void>
  /** What left while it is under way: a page that was read before may still have it. */
  readonly #left = new Set<string>()
  readonly #cleared: string[] = []
  #tellKnown: () => void = () => undefined
  #isKnown = false
  #retryMs = FIRST_RETRY_MS
  #timer: Timer | undefined

  constructor(next: Store<V>, host: Host, source: string, want: 'value' | 'header', listener: StockListener<V>) {
    this.#next = next
    this.#host = host
    this.#source = source
    this.#want = want
    this.#listener = listener
    this.known = new Promise((resolve) => {
      this.#tellKnown = resolve
    })
  }

  begin(): void {
    this.#take().then(
      () => {
        this.#isKnown = true
        this.#left.clear()
        this.#tellKnown()
      },
      (error: unknown) => this.#failed(error),
    )
  }

  left(key: string): void {
    if (!this.#isKnown) this.#left.add(key)
  }

  cleared(prefix: string): void {
    if (!this.#isKnown) this.#cleared.push(prefix)
  }

  /** Ends it, and puts down for the next opening what is worth most. `drain` gives all keys, the best last. */
  async end(drain: () => Iterable<string>): Promise<void> {
    this.#ended.abort()
    this.#timer?.cancel()
    this.#tellKnown()
    if (!this.#isKnown) return
    try {
      await writeWarmth(this.#next, this.#host, drain)
    } catch (error) {
      this.#report(error)
    }
  }

  async #take(): Promise<void> {
    const warmth = await readWarmth(this.#next, this.#host, this.#ended.signal)
    const warm: (readonly [key: string, found: Found<V>])[] = []
    const { clock } = this.#host
    const now = clock.now()
    const { signal } = this.#ended
    const call = newCall(now, { deadline: now + PAGE_MS, want: this.#want, show: 'kept', signal, aside: true })
    for await (const page of this.#next.scan('', call)) {
      for (const [key, found] of page) {
        if (warmth.rankOf(key) > 0) warm.push([key, found])
        else this.#found(key, found, now, false)
      }
      this.#listener.pageEnds(clock.now())
    }
    for (const [key, found] of inOrder(warm, warmth)) this.#found(key, found, now, true)
    this.#listener.pageEnds(clock.now())
  }

  #found(key: string, found: Found<V>, now: number, isWarm: boolean): void {
    if (this.#left.has(key) || this.#cleared.some((prefix) => key.startsWith(prefix))) return
    this.#listener.found(key, found, now, isWarm)
  }

  #failed(error: unknown): void {
    if (this.#ended.signal.aborted) return
    this.#report(error)
    this.#timer = this.#host.clock.setTimer(this.#retryMs, () => this.begin(), { background: true })
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS)
  }

  #report(error: unknown): void {
    this.#host.report({ type: 'failure', operation: 'scan', source: this.#source, error: toCacheError(error) })
  }
}

function inOrder<T>(warm: readonly (readonly [key: string, T])[], warmth: Warmth): readonly (readonly [string, T])[] {
  return warm.toSorted(([a], [b]) => warmth.rankOf(a) - warmth.rankOf(b))
}
