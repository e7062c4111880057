import {
  type Awaitable,
  type Call,
  type Change,
  type ManualClock,
  type Store,
  shell,
  type Version,
} from '@cachette/core'
import { Broken, type PutOptions, type RemoveOptions, type Trial } from './check.js'
import { under } from './expect.js'
import { messageOf } from './failure.js'
import { code } from './format.js'
import { Makers } from './makers.js'
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

/** How many timers a store may need to close. */
const MAX_TURNS = 200

export interface TrialOptions {
  readonly samples: SampleValues
  /** Whether a promise where a ready answer is declared fails the trial. Default false. */
  readonly mustBeReady?: boolean | undefined
  wrap?(store: Store<unknown>): Store<unknown>
}

export class StoreTrial implements Trial {
  readonly clock: ManualClock
  record = new TrialRecord(START_AT)
  readonly #subject: Subject<unknown>
  readonly #options: TrialOptions
  readonly #makers: Makers
  readonly #peers: Store<unknown>[] = []
  #own: Store<unknown> | undefined
  #raw: Store<unknown> | undefined
  #store: Store<unknown> | undefined

  constructor(subject: Subject<unknown>, options: TrialOptions) {
    this.#subject = subject
    this.#options = options
    this.clock = new TrialClock(START_AT, (byMs) => this.record.note(`clock.advance(${code(byMs)})`))
    this.#makers = new Makers(this.clock, options.samples)
  }

  async open(): Promise<void> {
    try {
      this.adopt(await this.#subject.open({ clock: this.clock }))
    } catch (error) {
      throw new Broken({ law: 'R1', expected: 'a new, empty store to open', got: `a failure: ${messageOf(error)}` })
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

  call(options?: Partial<Call>): Call {
    return this.#makers.call(options)
  }

  version(): Version {
    return this.#makers.version()
  }

  put(key: string, options: PutOptions = {}): Change<unknown> {
    const change = this.#makers.put(key, options)
    this.record.made(change, 'put', options)
    return change
  }

  remove(key: string, options: RemoveOptions = {}): Change<unknown> {
    const change = this.#makers.remove(key, options)
    this.record.made(change, 'remove', options)
    return change
  }

  note(code: Parameters<Trial['note']>[0]): void {
    this.record.note(typeof code === 'string' ? code : (names) => code((version) => names.of(version)))
  }

  async quietly<T>(code: string, work: () => Awaitable<T>): Promise<T> {
    this.record.note(code)
    return this.record.paused(work)
  }

  async reopen(): Promise<void> {
    const { own } = this
    await under('L1', () => this.store.close())
    this.#renewed('reopen')
    this.adopt(await hook(this.#subject.reopen?.(own, { clock: this.clock }), 'reopen'))
  }

  async crash(): Promise<void> {
    this.#renewed('crash')
    this.adopt(await hook(this.#subject.crash?.(this.own, { clock: this.clock }), 'crash'))
  }

  async join(): Promise<Store<unknown>> {
    this.record.note('const peer = shell(await subject.join(raw, { clock }), { clock })')
    const joined = await hook(this.#subject.join?.(this.own, { clock: this.clock }), 'join')
    const peer = recorded(this.#dressed(joined), 'peer', this.record)
    this.#peers.push(peer)
    return peer
  }

  async restart(): Promise<void> {
    await this.dispose()
    this.record = new TrialRecord(this.clock.now())
    await this.open()
  }

  /** From here on this is the trial's store. */
  adopt(own: Store<unknown>): void {
    this.#own = own
    const dressed = this.#dressed(this.#options.wrap?.(own) ?? own)
    // With layers round it, the store that is on trial is the whole of them.
    this.#raw = recorded(this.#subject.dress === undefined ? this.#shaped(own) : dressed, 'raw', this.record)
    this.#store = recorded(dressed, 'store', this.record)
  }

  /** Closes what is open. How a store closes is judged elsewhere: here a failure must not hide another. */
  async dispose(): Promise<void> {
    let isClosed = false
    const closing = Promise.allSettled([...this.#peers, this.#store].map(async (store) => store?.close()))
    const closed = closing.then(() => {
      isClosed = true
    })
    // A call that was under way when the check ended may wait for a time that has not come.
    for (let turn = 0; !isClosed && turn < MAX_TURNS; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve))
      this.clock.runNext()
    }
    await closed
  }

  #renewed(name: 'reopen' | 'crash'): void {
    this.record.note(`raw = await subject.${name}(raw, { clock })`)
    this.record.note('store = shell(raw, { clock })')
  }

  #shaped(own: Store<unknown>): Store<unknown> {
    return shaped(own, this.#options.mustBeReady)
  }

  #dressed(own: Store<unknown>): Store<unknown> {
    const inShell = shell(this.#shaped(own), { clock: this.clock })
    return this.#subject.dress === undefined ? inShell : shaped(this.#subject.dress(inShell))
  }
}

/** What a hook gives; a check that needs one asks for it before it applies. */
function hook<T>(given: T | undefined, name: string): T {
  if (given === undefined) throw new Error(`the subject has no ${name}`)
  return given
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the trial has no store yet')
  return value
}
