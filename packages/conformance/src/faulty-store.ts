import {
  type Awaitable,
  type Bytes,
  CacheError,
  type Call,
  type Change,
  type Clock,
  type Found,
  type KeyOutcome,
  type Page,
  type Store,
  type Traits,
} from '@cachette/core'
import { checkOptions } from './options.js'
import { type Random, seededRandom } from './random.js'

/** What can be done to a call. The value is how likely each is, from 0 to 1. */
export interface FaultRates {
  /** It fails before it had any effect. */
  readonly error?: number | undefined
  /** It begins later. */
  readonly delay?: number | undefined
  /** It has no effect, and is answered only when its deadline has passed. */
  readonly hang?: number | undefined
  /** It takes effect, and its answer is lost. */
  readonly lostAnswer?: number | undefined
  /** Of a batch, a part takes effect and the other fails; the error carries the outcome of each key. */
  readonly partial?: number | undefined
  /** One bit of a value that is read is flipped. Only for stores of bytes. */
  readonly flip?: number | undefined
}

export interface FaultOptions {
  /** Equal seeds and equal calls give equal faults. Print it where a test fails. */
  readonly seed: number
  /** Delays and hangs are timed by it. */
  readonly clock: Clock
  readonly rates: FaultRates
  /** The longest delay. Default 500. */
  readonly maxDelayMs?: number | undefined
}

export interface InjectedFault {
  readonly fault: keyof FaultRates
  readonly operation: 'read' | 'write' | 'scan' | 'clear'
  readonly keys: readonly string[]
}

/** A store that fails now and then, the same way each time for the same seed. */
export interface FaultyStore<V> extends Store<V> {
  /** What has been done so far. */
  readonly injected: readonly InjectedFault[]
  /** While false, calls pass untouched and use up no randomness. True at first. */
  enabled: boolean
}

const FAULT_NAMES = ['error', 'delay', 'hang', 'lostAnswer', 'partial', 'flip'] as const
const DEFAULT_MAX_DELAY_MS = 500

export function faulty<V>(store: Store<V>, options: FaultOptions): FaultyStore<V> {
  checkOptions('faulty', options, ['seed', 'clock', 'rates', 'maxDelayMs'])
  checkOptions('faulty rates', options.rates, FAULT_NAMES)
  for (const name of FAULT_NAMES) {
    const rate = options.rates[name] ?? 0
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) {
      throw new CacheError('INVALID_OPTION', `faulty rates.${name}: expected a number from 0 to 1, got ${String(rate)}`)
    }
  }
  return new Faulty(store, options)
}

class Faulty<V> implements FaultyStore<V> {
  readonly name: string
  readonly contract = 1
  readonly traits: Traits
  readonly streams: Store<V>['streams']
  readonly injected: InjectedFault[] = []
  enabled = true
  readonly #store: Store<V>
  readonly #clock: Clock
  readonly #rates: FaultRates
  readonly #maxDelayMs: number
  readonly #random: Random

  constructor(store: Store<V>, options: FaultOptions) {
    this.name = `faulty ${store.name}`
    this.traits = { ...store.traits, sync: 'none' }
    this.streams = store.streams
    this.#store = store
    this.#clock = options.clock
    this.#rates = options.rates
    this.#maxDelayMs = options.maxDelayMs ?? DEFAULT_MAX_DELAY_MS
    this.#random = seededRandom(options.seed)
  }

  async read(keys: readonly string[], call: Call): Promise<readonly (Found<V> | undefined)[]> {
    const found = await this.#disturb('read', keys, call, () => this.#store.read(keys, call))
    return found.map((entry, index) => this.#flipped(entry, keys[index] ?? ''))
  }

  async write(changes: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const keys = changes.map((change) => change.key)
    return this.#disturb('write', keys, call, async () => {
      if (changes.length < 2 || !this.#strikes('partial', 'write', keys)) return this.#store.write(changes, call)
      return this.#writePart(changes, call)
    })
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    await this.#disturb('scan', [prefix], call, () => undefined)
    yield* this.#store.scan(prefix, call)
  }

  async clear(prefix: string, call: Call): Promise<void> {
    await this.#disturb('clear', [prefix], call, () => this.#store.clear(prefix, call))
  }

  close(): Awaitable<void> {
    return this.#store.close()
  }

  async #disturb<T>(
    operation: InjectedFault['operation'],
    keys: readonly string[],
    call: Call,
    run: () => Awaitable<T>,
  ): Promise<T> {
    const source = this.name
    if (this.#strikes('error', operation, keys)) {
      throw new CacheError('UNAVAILABLE', 'an injected failure', { operation, source })
    }
    if (this.#strikes('hang', operation, keys)) {
      await this.#wait(call.deadline - this.#clock.now())
      throw new CacheError('TIMEOUT', 'an injected hang', { operation, source })
    }
    if (this.#strikes('delay', operation, keys)) await this.#wait(this.#random.below(this.#maxDelayMs) + 1)
    const answer = await run()
    if (this.#strikes('lostAnswer', operation, keys)) {
      throw new CacheError('UNAVAILABLE', 'an injected loss of the answer', { operation, source, outcome: 'unknown' })
    }
    return answer
  }

  /** Every other key, from one taken at random, fails without effect. */
  async #writePart(changes: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const failsAt = this.#random.below(2)
    const error = new CacheError('UNAVAILABLE', 'an injected failure of a part', {
      operation: 'write',
      source: this.name,
    })
    const outcomes: KeyOutcome[] = []
    for (const [index, change] of changes.entries()) {
      if (index % 2 === failsAt) outcomes.push({ key: change.key, error })
      else outcomes.push({ key: change.key, value: (await this.#store.write([change], call))[0] })
    }
    throw new CacheError('UNAVAILABLE', 'an injected failure of a part of a batch', {
      operation: 'write',
      source: this.name,
      outcome: 'unknown',
      outcomes,
    })
  }

  #flipped(entry: Found<V> | undefined, key: string): Found<V> | undefined {
    const value: unknown = entry?.value
    if (entry === undefined || !(value instanceof Uint8Array) || value.length === 0) return entry
    if (!this.#strikes('flip', 'read', [key])) return entry
    const bytes: Bytes = value.slice()
    const at = this.#random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#random.below(8))
    return { ...entry, value: bytes as V & Bytes }
  }

  #strikes(fault: keyof FaultRates, operation: InjectedFault['operation'], keys: readonly string[]): boolean {
    const rate = this.#rates[fault] ?? 0
    if (!this.enabled || rate === 0 || this.#random.next() >= rate) return false
    this.injected.push({ fault, operation, keys })
    return true
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (delayMs !== Number.POSITIVE_INFINITY) this.#clock.setTimer(delayMs, resolve)
    })
  }
}
