import { CacheError, type Change, type Entry, type Host, type Timer, toCacheError, type Version } from '@cachette/core'
import { promised, tellAll } from '@cachette/core/adapter'
import { changeOf, type RecordChange, type Values } from '../system-of-record.js'
import type { Journal } from './journal.js'
import type { WriteBehindSettings } from './options.js'
import { type Place, Room } from './room.js'
import { onSignals } from './signals.js'

/** A change that waits: of each key the last. */
export interface Waiting<S> {
  readonly key: string
  readonly entry: Entry<S> | undefined
  readonly version: Version
  /** Its place in the journal. */
  readonly place: number
  readonly attempts: number
}

export interface QueueOptions<V, S> {
  readonly settings: WriteBehindSettings<V>
  readonly values: Values<V, S>
  readonly journal: Journal<S> | undefined
  readonly host: Host
}

/** What the system of record has not got yet. One batch at a time is on its way there. */
export class Queue<V, S> {
  readonly #options: QueueOptions<V, S>
  readonly #waiting = new Map<string, Waiting<S>>()
  /** Keys of those that have been cleared since. */
  readonly #cleared = new Set<string>()
  /** Places in the journal of what cannot be read: it stays there until its key is written anew. */
  readonly #unreadable = new Map<string, number>()
  readonly #room: Room
  readonly #ready: Promise<void>
  readonly #ignoreSignals: () => void
  #timer: Timer | undefined
  #sending: Promise<void> | undefined
  #failures = 0
  /** Gives up the batch that is on its way. */
  #stop: (() => void) | undefined
  #isClosed = false

  constructor(options: QueueOptions<V, S>) {
    this.#options = options
    this.#room = new Room(options.settings.maxPending, () => this.#waiting.size)
    this.#ready = this.#begin()
    // Whoever writes hears of it.
    this.#ready.catch(() => undefined)
    this.#ignoreSignals = onSignals(options.settings.signals, () => this.flush())
  }

  get size(): number {
    return this.#waiting.size
  }

  /** What waits under the key, where the cache should have it too. */
  get(key: string): Waiting<S> | undefined {
    return this.#cleared.has(key) ? undefined : this.#waiting.get(key)
  }

  /** The cache is to have them no longer; the system of record still is to get them. */
  conceal(isMeant: (key: string) => boolean): void {
    for (const key of this.#waiting.keys()) if (isMeant(key)) this.#cleared.add(key)
  }

  /** Room for so many more, once there is some and what an earlier process left behind is known. */
  enter(count: number): Place {
    if (count === 0) return { had: this.#ready, leave: () => undefined }
    const { had, leave } = this.#room.enter(count)
    return { had: this.#ready.then(() => had), leave }
  }

  /** Settles once none of them can be lost any more than the journal can. */
  async add(changes: readonly Change<S>[]): Promise<void> {
    const { journal } = this.#options
    const places = (await journal?.append(changes)) ?? []
    for (const [index, { key, entry, version }] of changes.entries()) {
      const before = this.#waiting.get(key)
      if (before !== undefined) journal?.done([before.place])
      this.#waiting.set(key, { key, entry, version, place: places[index] ?? 0, attempts: 0 })
      this.#cleared.delete(key)
      const unreadable = this.#unreadable.get(key)
      if (unreadable !== undefined) journal?.done([unreadable])
      this.#unreadable.delete(key)
    }
    this.#arm(this.#options.settings.delayMs)
    if (this.#waiting.size >= this.#options.settings.batchSize) void this.#send().catch(() => undefined)
  }

  /** All that waits now, or the failure of the first batch that cannot be written. */
  async flush(): Promise<void> {
    await this.#ready
    while (this.#waiting.size > 0) await this.#send()
  }

  /** How many are lost: with a journal none. */
  async close(): Promise<number> {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#ignoreSignals()
    this.#stop?.()
    await this.#sending?.catch(() => undefined)
    const { journal } = this.#options
    await journal?.close()
    return journal === undefined ? this.#waiting.size : 0
  }

  /** What an earlier process left behind. */
  async #begin(): Promise<void> {
    const { journal, host } = this.#options
    if (journal === undefined) return
    const { changes, tornBytes } = await journal.open()
    for (const { isReadable, ...one } of changes) {
      const before = this.#waiting.get(one.key)?.place ?? this.#unreadable.get(one.key)
      if (before !== undefined) journal.done([before])
      this.#waiting.delete(one.key)
      this.#unreadable.delete(one.key)
      if (isReadable) this.#waiting.set(one.key, { ...one, attempts: 0 })
      else this.#passOver(one)
    }
    if (tornBytes > 0) {
      const text = `${tornBytes} bytes of the journal are no whole lines: what was being written when the process ended`
      const error = new CacheError('CORRUPT', text, { source: 'writeBehind', details: { tornBytes } })
      host.report({ type: 'failure', operation: 'open', source: 'writeBehind', error })
    }
    if (this.#waiting.size > 0) this.#arm(this.#options.settings.delayMs)
  }

  /** It must not hold up the others; it stays in the journal, for whoever can read it. */
  #passOver({ key, place }: { readonly key: string; readonly place: number }, cause?: unknown): void {
    if (this.#waiting.get(key)?.place === place) this.#waiting.delete(key)
    this.#unreadable.set(key, place)
    const text = `the change of ${JSON.stringify(key)} cannot be read with this encode list, and is passed over`
    const error = new CacheError('CORRUPT', text, { source: 'writeBehind', details: { lost: 1 }, cause })
    this.#options.host.report({ type: 'failure', operation: 'write', source: 'writeBehind', error })
    this.#room.admit()
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#isClosed) return
    const run = (): void => {
      this.#timer = undefined
      this.#send().catch(() => undefined)
    }
    this.#timer = this.#options.host.clock.setTimer(delayMs, run, { background: true })
  }

  #send(): Promise<void> {
    this.#sending ??= this.#batch().finally(() => {
      this.#sending = undefined
      if (this.#waiting.size > 0) this.#arm(this.#failures === 0 ? this.#options.settings.delayMs : this.#pause())
    })
    return this.#sending
  }

  async #batch(): Promise<void> {
    const { settings, values, journal } = this.#options
    const batch: Waiting<S>[] = []
    const changes: RecordChange<V>[] = []
    for (const one of [...this.#waiting.values()].slice(0, settings.batchSize)) {
      try {
        changes.push(await changeOf(values, one))
        batch.push(one)
      } catch (error) {
        this.#passOver(one, error)
      }
    }
    if (batch.length === 0) return
    try {
      await this.#inTime((signal) => promised(() => settings.write(changes, { signal })))
      this.#failures = 0
      this.#settle(batch)
      journal?.done(batch.map(({ place }) => place))
    } catch (error) {
      this.#failures += 1
      await this.#failed(batch, error)
      throw toCacheError(error, { operation: 'write', source: 'writeBehind', outcome: 'unknown' })
    }
  }

  /** They wait no longer, but for what has come under their keys since. */
  #settle(batch: readonly Waiting<S>[]): void {
    for (const one of batch) {
      if (this.#waiting.get(one.key) !== one) continue
      this.#waiting.delete(one.key)
      this.#cleared.delete(one.key)
    }
    this.#room.admit()
  }

  async #failed(batch: readonly Waiting<S>[], error: unknown): Promise<void> {
    const { settings, values, journal, host } = this.#options
    if (this.#isClosed) return
    const dead: Waiting<S>[] = []
    for (const one of batch) {
      const attempts = one.attempts + 1
      if (attempts >= settings.maxAttempts) dead.push(one)
      else if (this.#waiting.get(one.key) === one) this.#waiting.set(one.key, { ...one, attempts })
    }
    if (dead.length === 0) return
    const letters = await Promise.all(dead.map(async (one) => changeOf(values, one)))
    const { onDeadLetter } = settings
    if (onDeadLetter !== undefined)
      tellAll([(given: readonly RecordChange<V>[]) => onDeadLetter(given, error)], letters)
    else host.report({ type: 'failure', operation: 'write', source: 'writeBehind', error: given(error, dead.length) })
    this.#settle(dead)
    journal?.done(dead.map(({ place }) => place))
  }

  /** Somewhere between nothing and twice what it was. */
  #pause(): number {
    const { backoffMs, maxBackoffMs, random } = this.#options.settings
    return random() * Math.min(backoffMs * 2 ** (this.#failures - 1), maxBackoffMs)
  }

  /** A system of record that hangs is given up, so that what waits behind can go on. */
  async #inTime(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { host, settings } = this.#options
    const own = new AbortController()
    let timer: Timer | undefined
    const late = new Promise<never>((_, reject) => {
      const giveUp = (why: string): void => {
        own.abort()
        reject(new Error(why))
      }
      this.#stop = () => giveUp('the cache was closed')
      const end = (): void => giveUp(`the system of record took longer than ${settings.timeoutMs} ms`)
      timer = host.clock.setTimer(settings.timeoutMs, end, { background: true })
    })
    late.catch(() => undefined)
    try {
      await Promise.race([run(own.signal), late])
    } finally {
      timer?.cancel()
      this.#stop = undefined
    }
  }
}

function given(error: unknown, count: number): CacheError {
  return toCacheError(error, { operation: 'write', source: 'writeBehind', details: { lost: count } })
}
