import {
  type Awaitable,
  CacheError,
  type CacheErrorOptions,
  type Call,
  type Change,
  type Clock,
  type Found,
  type KeyOutcome,
  type Page,
  type Store,
} from '@cachette/core'
import { Deadlines } from '@cachette/core/adapter'
import { paged } from '../paged.js'
import type { Fate } from './fate.js'
import type { ChaosFault, ChaosSettings, ChaosVerb } from './options.js'
import { Past } from './past.js'

/** What the faults are drawn from, and where they are written down. */
export interface Source {
  readonly settings: ChaosSettings
  /** Of the next call; nothing where it is to pass untouched. */
  fate(verb: ChaosVerb): Fate | undefined
  struck(fault: ChaosFault, fate: Fate, verb: ChaosVerb, keys: readonly string[]): void
}

type Answers<V> = readonly (Found<V> | undefined)[]

/** The verbs of a store, with faults. */
export class Disturbance<V> {
  readonly #next: Store<V>
  readonly #clock: Clock
  readonly #source: Source
  readonly #deadlines: Deadlines
  readonly #past = new Past<V>()

  constructor(next: Store<V>, clock: Clock, source: Source) {
    this.#next = next
    this.#clock = clock
    this.#source = source
    this.#deadlines = new Deadlines(clock)
  }

  async read(keys: readonly string[], call: Call): Promise<Answers<V>> {
    const fate = this.#source.fate('read')
    const ask = (some: readonly string[]): Awaitable<Answers<V>> => this.#next.read(some, call)
    const found = await this.#passed(fate, 'read', keys, call, () => this.#inPart(fate, 'read', keys, keys, ask))
    const isPlain = call.want !== 'header' && (call.show ?? 'live') === 'live'
    if (isPlain) for (const [index, key] of keys.entries()) this.#past.read(key, found[index])
    const isStale = isPlain && this.#strikes(fate, 'stale', 'read', keys)
    const given = isStale ? found.map((one, index) => this.#past.before(keys[index] ?? '', one, call.now)) : found
    return this.#flipped(fate, 'read', given, keys)
  }

  async write(changes: readonly Change<V>[], call: Call): Promise<readonly boolean[]> {
    const fate = this.#source.fate('write')
    const keys = changes.map(({ key }) => key)
    const ask = async (some: readonly Change<V>[]): Promise<readonly boolean[]> => {
      const answers = await this.#next.write(some, call)
      for (const [index, change] of some.entries()) if (answers[index] === true) this.#past.written(change)
      return answers
    }
    return this.#passed(fate, 'write', keys, call, () => this.#inPart(fate, 'write', changes, keys, ask))
  }

  async clear(prefix: string, call: Call): Promise<void> {
    await this.#passed(this.#source.fate('clear'), 'clear', [prefix], call, () => this.#next.clear(prefix, call))
    this.#past.cleared(prefix)
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    const pages = this.#next.scan(prefix, call)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const fate = this.#source.fate('scan')
        const page = await this.#passed(fate, 'scan', [prefix], paged(call, this.#clock), () => pages.next())
        if (page.done === true) return
        const keys = page.value.map(([key]) => key)
        const found = this.#flipped(
          fate,
          'scan',
          page.value.map(([, one]) => one),
          keys,
        )
        yield page.value.map(([key, one], index) => [key, found[index] ?? one])
      }
    } finally {
      await pages.return?.()
    }
  }

  /** What befalls a call as a whole, before it has reached the store and after. */
  async #passed<T>(
    fate: Fate | undefined,
    verb: ChaosVerb,
    keys: readonly string[],
    call: Call,
    run: () => Awaitable<T>,
  ): Promise<T> {
    if (this.#strikes(fate, 'error', verb, keys)) throw this.#failure(verb, 'an injected failure')
    if (this.#strikes(fate, 'hang', verb, keys)) await this.#wait(Infinity, verb, call)
    if (fate !== undefined && this.#strikes(fate, 'delay', verb, keys)) {
      await this.#wait(fate.dice.next() * this.#source.settings.maxDelayMs, verb, call)
    }
    const answer = await run()
    if (!this.#strikes(fate, 'lostAnswer', verb, keys)) return answer
    const outcome = verb === 'write' || verb === 'clear' ? 'unknown' : 'none'
    throw this.#failure(verb, 'an injected loss of the answer', { outcome })
  }

  /** Every other key, from one drawn at random, fails without effect. */
  async #inPart<I, A>(
    fate: Fate | undefined,
    verb: ChaosVerb,
    items: readonly I[],
    keys: readonly string[],
    ask: (items: readonly I[]) => Awaitable<readonly A[]>,
  ): Promise<readonly A[]> {
    const distinct = [...new Set(keys)]
    if (fate === undefined || distinct.length < 2 || !this.#strikes(fate, 'partial', verb, keys)) return ask(items)
    const turn = fate.dice.below(2)
    const failing = new Set(distinct.filter((_, index) => index % 2 === turn))
    const passing = items.filter((_, index) => !failing.has(keys[index] ?? ''))
    const passed = keys.filter((key) => !failing.has(key))
    const answers = await ask(passing)
    const values = new Map(passed.map((key, index) => [key, answers[index]]))
    const error = this.#failure(verb, 'an injected failure of a part')
    const outcomes = distinct.map(
      (key): KeyOutcome => (failing.has(key) ? { key, error } : { key, value: values.get(key) }),
    )
    throw this.#failure(verb, 'an injected failure of a part of the batch', {
      outcome: verb === 'write' ? 'unknown' : 'none',
      outcomes,
    })
  }

  #flipped<F extends Found<V>>(
    fate: Fate | undefined,
    verb: ChaosVerb,
    found: readonly (F | undefined)[],
    keys: readonly string[],
  ): readonly (F | undefined)[] {
    const places = [...found.keys()].filter((place) => isFlippable(found[place]?.value))
    if (fate === undefined || places.length === 0 || !this.#strikes(fate, 'flip', verb, keys)) return found
    const struck = places[fate.dice.below(places.length)]
    return found.map((one, place) => {
      const value: unknown = one?.value
      if (one === undefined || place !== struck || !(value instanceof Uint8Array)) return one
      const bytes = value.slice()
      const at = fate.dice.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << fate.dice.below(8))
      return { ...one, value: bytes as V & Uint8Array }
    })
  }

  #strikes(fate: Fate | undefined, fault: ChaosFault, verb: ChaosVerb, keys: readonly string[]): boolean {
    if (fate?.has(fault) !== true) return false
    this.#source.struck(fault, fate, verb, keys)
    return true
  }

  #wait(delayMs: number, operation: ChaosVerb, call: Call): Promise<void> {
    const pause = new Promise<void>((resolve) => {
      if (delayMs < Infinity) this.#clock.setTimer(delayMs, resolve)
    })
    return this.#deadlines.race(
      pause,
      call,
      (code) => new CacheError(code, 'an injected hang', { operation, source: 'chaos' }),
    )
  }

  #failure(operation: ChaosVerb, message: string, facts: CacheErrorOptions = {}): CacheError {
    return new CacheError(this.#source.settings.code, message, { operation, source: 'chaos', ...facts })
  }
}

function isFlippable(value: unknown): boolean {
  return value instanceof Uint8Array && value.length > 0
}
