import {
  type CacheError,
  type Change,
  type Clock,
  compareVersions,
  type Found,
  newCall,
  type Timer,
  toCacheError,
} from '@cachette/core'
import type { Tell } from './notices.js'
import type { Tier } from './tier.js'

/** How many keys are brought up to date in one go. */
const STEP = 64

/** How long one go may take. */
const STEP_MS = 1_000

/** How long after a failure the tier of record is tried again; doubled up to the last. */
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 1_000

export interface RecoveryOptions<V> {
  readonly record: Tier<V>
  readonly maxPending: number
  readonly clock: Clock
  readonly tell: Tell
  /** Somebody else has written something newer under these keys. */
  outdated(this: void, keys: readonly string[]): void
  /** These have been written. */
  landed(this: void, changes: readonly Change<V>[]): void
}

/** Writes that wait for the tier of record: of each key the last. When it is back, the newest version wins. */
export class Recovery<V> {
  readonly #options: RecoveryOptions<V>
  readonly #pending = new Map<string, Change<V>>()
  #failure: CacheError | undefined
  #retryMs = FIRST_RETRY_MS
  #timer: Timer | undefined
  #step: Promise<void> | undefined

  constructor(options: RecoveryOptions<V>) {
    this.#options = options
  }

  get size(): number {
    return this.#pending.size
  }

  /** Why the tier of record is left alone until it is tried again; nothing where it is not. */
  get outage(): CacheError | undefined {
    return this.#pending.size > 0 ? this.#failure : undefined
  }

  /** While this runs, the keys that wait are being written. */
  get step(): Promise<void> | undefined {
    return this.#step
  }

  get(key: string): Change<V> | undefined {
    return this.#pending.get(key)
  }

  /** Whether there is room for it. */
  add(change: Change<V>, error: CacheError): boolean {
    if (!this.#pending.has(change.key) && this.#pending.size >= this.#options.maxPending) return false
    this.#pending.set(change.key, change)
    this.#failure = error
    this.#arm()
    return true
  }

  forget(keys: Iterable<string>): void {
    if (this.#pending.size > 0) for (const key of keys) this.#pending.delete(key)
  }

  /** These, and not what has come under their keys since. */
  #settle(changes: readonly Change<V>[]): void {
    for (const change of changes) if (this.#pending.get(change.key) === change) this.#pending.delete(change.key)
  }

  forgetAll(prefix: string): void {
    for (const key of [...this.#pending.keys()]) if (key.startsWith(prefix)) this.#pending.delete(key)
  }

  /** Tries once to write all that waits. */
  async flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#pending.size > 0) {
      this.#step ??= this.#write().finally(() => {
        this.#step = undefined
      })
      await this.#step
    }
    this.#failure = undefined
    this.#retryMs = FIRST_RETRY_MS
  }

  /** Gives up what is left, and says so. */
  close(): number {
    this.#timer?.cancel()
    const keys = [...this.#pending.keys()]
    this.#pending.clear()
    if (keys.length > 0) this.#options.tell({ type: 'dropped', keys, why: 'closed' })
    return keys.length
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#step !== undefined) return
    const { clock } = this.#options
    this.#timer = clock.setTimer(
      this.#retryMs,
      () => {
        this.#timer = undefined
        this.flush().catch((error: unknown) => {
          this.#failure = toCacheError(error)
          this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS)
          this.#arm()
        })
      },
      { background: true },
    )
  }

  async #write(): Promise<void> {
    const { record, clock, tell, outdated, landed } = this.#options
    const now = clock.now()
    const call = newCall(now, { deadline: now + STEP_MS })
    const waiting = this.#due(now)
    const keys = waiting.map(({ key }) => key)
    const there = await record.read(keys, { ...call, want: 'header', show: 'all' })
    const { behind, ahead, same } = compared(waiting, there)
    if (ahead.length > 0) {
      const overtaken = ahead.map(({ key }) => key)
      this.#settle(ahead)
      outdated(overtaken)
      tell({ type: 'dropped', keys: overtaken, why: 'newer' })
    }
    const { conditional } = record.traits
    const prepared = await record.prepare(
      behind.map(({ change, stored }) => ({ ...change, when: conditional === 'none' ? undefined : stored })),
    )
    const done = await prepared.write(call)
    // What lost its condition is looked at again; a removal where nothing is has nothing to remove.
    const written = behind.flatMap(({ change, stored }, index) =>
      done[index] === true || (change.entry === undefined && stored === 'vacant') ? [change] : [],
    )
    const arrived = [...same, ...written]
    this.#settle(arrived)
    landed(arrived)
    if (arrived.length > 0) tell({ type: 'recovered', keys: arrived.map(({ key }) => key) })
  }

  /** The next to be written. What was to be there no longer is not, nor what it has taken the place of. */
  #due(now: number): Change<V>[] {
    const expired: string[] = []
    for (const change of this.#pending.values()) {
      if (change.entry === undefined || now < change.entry.expiresAt) continue
      expired.push(change.key)
      this.#pending.set(change.key, { ...change, entry: undefined })
    }
    if (expired.length > 0) this.#options.tell({ type: 'dropped', keys: expired, why: 'expired' })
    return [...this.#pending.values()].slice(0, STEP)
  }
}

type Condition = 'vacant' | { readonly version: Change['version'] }

interface Behind<V> {
  readonly change: Change<V>
  readonly stored: Condition
}

interface Compared<V> {
  readonly behind: readonly Behind<V>[]
  readonly ahead: readonly Change<V>[]
  readonly same: readonly Change<V>[]
}

/**
 * Which of the changes are newer than what is stored, and on what condition; over which something newer is stored; and
 * which are stored already, since only their answers were lost.
 */
function compared<V>(changes: readonly Change<V>[], there: readonly (Found<V> | undefined)[]): Compared<V> {
  const behind: Behind<V>[] = []
  const ahead: Change<V>[] = []
  const same: Change<V>[] = []
  for (const [index, change] of changes.entries()) {
    const found = there[index]
    const order = found === undefined ? -1 : compareVersions(found.version, change.version)
    if (found === undefined) behind.push({ change, stored: 'vacant' })
    else if (order < 0) behind.push({ change, stored: { version: found.version } })
    // An entry whose time was over while it waited has the version of what is to be removed.
    else if (order === 0 && change.entry === undefined) behind.push({ change, stored: { version: found.version } })
    else if (order === 0) same.push(change)
    else ahead.push(change)
  }
  return { behind, ahead, same }
}
