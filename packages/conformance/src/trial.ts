import {
  type Awaitable,
  type Call,
  type Change,
  type Condition,
  type ManualClock,
  type Store,
  shell,
  type Version,
  type Versions,
  versions,
} from '@cachette/core'
import { Broken, type PutOptions, type RemoveOptions, type Trial } from './check.js'
import { messageOf } from './failure.js'
import { code } from './format.js'
import { TrialRecord } from './record.js'
import { recorded } from './recorded.js'
import { shaped } from './shaped.js'
import type { Subject } from './subject.js'
import { TrialClock } from './trial-clock.js'
import type { SampleValues } from './values.js'

/**
 * Well after today, so that a backend that also expires by its own clock never does so during a trial, and a store that
 * asks the system for the time gives itself away.
 */
export const START_AT = 2_000_000_000_000

export const HOUR_MS = 3_600_000

/** The one writer of a trial: versions come out the same on each run. */
const WRITER = 1

export interface TrialOptions {
  readonly samples: SampleValues
  wrap?(store: Store<unknown>): Store<unknown>
}

export class StoreTrial implements Trial {
  readonly clock: ManualClock
  readonly record = new TrialRecord(START_AT)
  readonly #subject: Subject<unknown>
  readonly #options: TrialOptions
  readonly #versions: Versions
  readonly #peers: Store<unknown>[] = []
  #own: Store<unknown> | undefined
  #raw: Store<unknown> | undefined
  #store: Store<unknown> | undefined
  #calls = 0
  #puts = 0

  constructor(subject: Subject<unknown>, options: TrialOptions) {
    this.#subject = subject
    this.#options = options
    this.clock = new TrialClock(START_AT, (byMs) => this.record.note(`clock.advance(${code(byMs)})`))
    this.#versions = versions(this.clock, WRITER)
  }

  async open(): Promise<void> {
    try {
      await this.adopt(await this.#subject.open({ clock: this.clock }))
    } catch (error) {
      throw new Broken({ law: 'P1', expected: 'a new, empty store to open', got: `a failure: ${messageOf(error)}` })
    }
  }

  get store(): Store<unknown> {
    return opened(this.#store)
  }

  get raw(): Store<unknown> {
    return opened(this.#raw)
  }

  /** The author's own object, for the subject's hooks. */
  get own(): Store<unknown> {
    return opened(this.#own)
  }

  call(options: Partial<Call> = {}): Call {
    this.#calls += 1
    return { id: this.#calls, now: this.clock.now(), deadline: Infinity, want: 'value', show: 'live', ...options }
  }

  version(): Version {
    return this.#versions.next()
  }

  put(key: string, options: PutOptions = {}): Change<unknown> {
    const now = this.clock.now()
    const expiresAt = options.expiresAt ?? now + HOUR_MS
    this.#puts += 1
    const value = 'value' in options ? options.value : this.#options.samples.value(this.#puts)
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
      size: value instanceof Uint8Array ? value.byteLength : 0,
      value,
    }
    return this.#made('put', { key, entry, version, ...when(options.when) }, options)
  }

  remove(key: string, options: RemoveOptions = {}): Change<unknown> {
    const change = { key, entry: undefined, version: options.version ?? this.version(), ...when(options.when) }
    return this.#made('remove', change, options)
  }

  note(code: string): void {
    this.record.note(code)
  }

  async quietly<T>(code: string, work: () => Awaitable<T>): Promise<T> {
    this.record.note(code)
    return this.record.paused(work)
  }

  async reopen(): Promise<void> {
    const own = this.own
    await this.store.close()
    this.record.note('store = await reopen()')
    if (this.#subject.reopen === undefined) throw new Error('the subject has no reopen')
    await this.adopt(await this.#subject.reopen(own, { clock: this.clock }))
  }

  async crash(): Promise<void> {
    this.record.note('store = await crash()')
    if (this.#subject.crash === undefined) throw new Error('the subject has no crash')
    await this.adopt(await this.#subject.crash(this.own, { clock: this.clock }))
  }

  async join(): Promise<Store<unknown>> {
    if (this.#subject.join === undefined) throw new Error('the subject has no join')
    this.record.note('const peer = await join()')
    const joined = await this.#subject.join(this.own, { clock: this.clock })
    const peer = recorded(this.#dressed(joined), 'peer', this.record)
    this.#peers.push(peer)
    return peer
  }

  /** From here on this is the trial's store. */
  async adopt(own: Store<unknown>): Promise<void> {
    this.#own = own
    const dressed = this.#dressed(this.#options.wrap?.(own) ?? own)
    // With layers round it, the store that is on trial is the whole of them.
    this.#raw = recorded(this.#subject.dress === undefined ? own : dressed, 'raw', this.record)
    this.#store = recorded(dressed, 'store', this.record)
  }

  /** Closes what is open. How a store closes is judged elsewhere: here a failure must not hide another. */
  async dispose(): Promise<void> {
    await Promise.allSettled([...this.#peers, this.#store].map(async (store) => store?.close()))
  }

  #dressed(own: Store<unknown>): Store<unknown> {
    const inShell = shell(shaped(own), { clock: this.clock })
    return this.#subject.dress === undefined ? inShell : shaped(this.#subject.dress(inShell))
  }

  #made(verb: 'put' | 'remove', change: Change<unknown>, options: object): Change<unknown> {
    this.record.made(change, verb, options)
    return change
  }
}

function when(condition: Condition | undefined): { readonly when?: Condition } {
  return condition === undefined ? {} : { when: condition }
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the trial has no store yet')
  return value
}
