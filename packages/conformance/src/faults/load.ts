import { randomUUID } from 'node:crypto'
import {
  type Call,
  type Change,
  type Found,
  isCacheError,
  isPromise,
  type KeyOutcome,
  newCall,
  type Shell,
  systemClock,
  versions,
} from '@cachette/core'
import type { HistoryAction } from '../history/operations.js'
import { oneOf, type Random, seededRandom } from '../random.js'
import type { Put } from './round.js'
import { Round } from './round.js'
import type { Trouble } from './trouble.js'

const ROUND_MS = 300
const BATCH = 4

/** Between two calls of one caller. */
const MOST_IDLE_MS = 30

/** A call that has not settled so long after its deadline is too late. */
const MARGIN_MS = 100

export interface LoadOptions {
  readonly stores: readonly Shell<unknown>[]
  readonly callers: number
  readonly deadlineMs: number
  readonly seed: number
  readonly keeps: Trouble['keeps']
  /** Told of every failure: `read TIMEOUT yes none`, and when the call began, by `performance.now()`. */
  failed(what: string, begun: number): void
}

/** Callers that call again and again, each one thing after the other, and all that they were told. */
export class Load {
  readonly findings = new Set<string>()
  calls = 0
  answered = 0
  worstLateMs = 0
  readonly #options: LoadOptions
  readonly #versions = versions(systemClock)
  readonly #name = randomUUID()
  readonly #callers: Promise<void>[]
  /** When the call began that each caller had its last answer to. */
  readonly #answeredAt: number[]
  #judging = Promise.resolve()
  #round: Round
  #rounds = 1
  #roundBegun = performance.now()
  #isOver = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#round = new Round(this.#name, this.#rounds, this.#versions, options.keeps)
    this.#answeredAt = Array.from({ length: options.callers }, () => 0)
    this.#callers = this.#answeredAt.map((_, caller) => this.#callOn(caller))
  }

  /** Whether every caller has had an answer to a call that it made since. */
  allAnsweredSince(moment: number): boolean {
    return this.#answeredAt.every((at) => at >= moment)
  }

  /** When all have had their last answers, or could wait no longer for them. */
  async stop(withinMs: number): Promise<void> {
    this.#isOver = true
    let left = this.#callers.length
    const ended = Promise.all(this.#callers.map((caller) => caller.then(() => (left -= 1))))
    let patience: { cancel(): void } | undefined
    const late = new Promise((resolve) => {
      patience = systemClock.setTimer(withinMs, () => resolve(undefined))
    })
    await Promise.race([ended, late])
    patience?.cancel()
    if (left > 0) this.findings.add(`${left} calls have not settled ${withinMs} ms after the last of them began`)
    else this.#judge(this.#round)
    await this.#judging
  }

  async #callOn(caller: number): Promise<void> {
    const random = seededRandom(this.#options.seed + caller)
    while (!this.#isOver) {
      const round = this.#current()
      round.underWay += 1
      const begun = performance.now()
      try {
        await this.#callOnce(round, oneOf(this.#options.stores, random), random)
        this.answered += 1
        this.#answeredAt[caller] = begun
      } catch (error) {
        this.#failed(error, begun)
      }
      this.calls += 1
      round.underWay -= 1
      if (round !== this.#round && round.underWay === 0) this.#judge(round)
      await pause(random.below(MOST_IDLE_MS))
    }
  }

  async #callOnce(round: Round, store: Shell<unknown>, random: Random): Promise<void> {
    const key = oneOf(round.keys, random)
    const kind = random.below(1_000)
    const some = (): readonly string[] => Array.from({ length: BATCH }, () => oneOf(round.keys, random))
    if (kind < 450) return this.#read(round, store, [key], 'value')
    if (kind < 550) return this.#read(round, store, some(), 'value')
    if (kind < 620) return this.#read(round, store, [key], 'header')
    if (kind < 840) return this.#write(round, store, [round.put(key, random)])
    if (kind < 900) return this.#write(round, store, [round.removal(key)])
    if (kind < 97)
      return this.#write(
        round,
        store,
        distinct(some()).map((one) => round.put(one, random)),
      )
    if (kind < 996) return store.traits.scan === 'none' ? undefined : this.#scan(round, store)
    return this.#clear(round, store)
  }

  async #read(round: Round, store: Shell<unknown>, keys: readonly string[], want: 'value' | 'header'): Promise<void> {
    const begin = round.stamp()
    const found = await this.#inTime((call) => store.read(keys, { ...call, want }))
    for (const [index, key] of keys.entries()) {
      const answer = round.saw(key, bytesIn(found[index]), want === 'header')
      round.answered(key, { verb: 'read', answer }, begin)
    }
  }

  async #write(round: Round, store: Shell<unknown>, puts: readonly Put[]): Promise<void> {
    const begin = round.stamp()
    const changes = puts.map(({ change }): Change<unknown> => change)
    try {
      const done = await this.#inTime((call) => store.write(changes, call))
      for (const [index, put] of puts.entries()) {
        round.answered(put.change.key, actionOf(put, done[index] === true), begin)
      }
    } catch (error) {
      const outcomes = isCacheError(error) ? error.outcomes : undefined
      for (const put of puts) noteOutcome(round, put, begin, error, outcomes)
      throw error
    }
  }

  async #scan(round: Round, store: Shell<unknown>): Promise<void> {
    const pages = store.scan(round.prefix, this.#call())[Symbol.asyncIterator]()
    const given = new Set<string>()
    for (;;) {
      // Each page has the whole time.
      const next = await this.#inTime(() => pages.next())
      if (next.done === true) return
      for (const [key, found] of next.value) {
        round.saw(key, bytesIn(found), false)
        if (given.has(key)) this.findings.add(`a scan gave ${key} twice`)
        given.add(key)
      }
    }
  }

  async #clear(round: Round, store: Shell<unknown>): Promise<void> {
    const begin = round.stamp()
    try {
      await this.#inTime((call) => store.clear(round.prefix, call))
      for (const key of round.keys) round.answered(key, { verb: 'clear' }, begin)
    } catch (error) {
      for (const key of round.keys) round.failed(key, { verb: 'clear' }, begin, error)
      throw error
    }
  }

  #call(): Call {
    const now = systemClock.now()
    return newCall(now, { deadline: now + this.#options.deadlineMs })
  }

  /** Timers go off in the order in which they are due, so that one of its own tells a late answer from a late machine. */
  async #inTime<T>(run: (call: Call) => T | Promise<T>): Promise<T> {
    const call = this.#call()
    const dueAt = performance.now() + this.#options.deadlineMs
    const timer = systemClock.setTimer(this.#options.deadlineMs + MARGIN_MS, () =>
      this.findings.add(`a call was not settled ${MARGIN_MS} ms after its deadline`),
    )
    try {
      const answer = run(call)
      return isPromise(answer) ? await answer : answer
    } finally {
      timer.cancel()
      this.worstLateMs = Math.max(this.worstLateMs, performance.now() - dueAt)
    }
  }

  #failed(error: unknown, begun: number): void {
    if (!isCacheError(error)) {
      this.findings.add(`a failure that is no CacheError: ${String(error)}`)
      return
    }
    const { operation = '', code, retry, outcome } = error
    this.#options.failed(`${operation} ${code} ${retry} ${outcome}`, begun)
  }

  #current(): Round {
    if (performance.now() - this.#roundBegun > ROUND_MS) {
      const over = this.#round
      this.#rounds += 1
      this.#round = new Round(this.#name, this.#rounds, this.#versions, this.#options.keeps)
      this.#roundBegun = performance.now()
      if (over.underWay === 0) this.#judge(over)
    }
    return this.#round
  }

  #judge(round: Round): void {
    this.#judging = this.#judging.then(async () => {
      for (const finding of await round.findings()) this.findings.add(finding)
    })
  }
}

function actionOf({ write, when }: Put, answer: boolean): HistoryAction<number> {
  return write === undefined ? { verb: 'remove', when, answer } : { verb: 'put', value: write, when, answer }
}

/** Of a batch that failed in part, each key's own outcome. */
function noteOutcome(
  round: Round,
  put: Put,
  begin: number,
  error: unknown,
  outcomes: readonly KeyOutcome[] | undefined,
): void {
  const own = outcomes?.find(({ key }) => key === put.change.key)
  if (own !== undefined && 'value' in own) {
    round.answered(put.change.key, actionOf(put, own.value === true), begin)
  } else round.failed(put.change.key, actionOf(put, true), begin, own === undefined ? error : own.error)
}

function bytesIn(found: Found<unknown> | undefined): Found | undefined {
  if (found === undefined) return undefined
  const { value } = found
  return { ...found, value: value instanceof Uint8Array ? new Uint8Array(value) : undefined }
}

function distinct(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve))
}
