import {
  type Awaitable,
  type Bytes,
  checkOptions,
  newCall,
  RULES,
  type Rules,
  type Store,
  shell,
  systemClock,
} from '@cachette/core'
import { growth, type Holdings, holdings } from './holdings.js'
import { Load } from './load.js'
import type { Endured } from './report.js'
import type { Trouble } from './trouble.js'

export interface EndureOptions {
  readonly trouble: Trouble
  /** Opens a store on the server. It is called twice, as two processes would. */
  readonly open: () => Awaitable<Store<Bytes>>
  /** How many connections the server has. Without it, those that this process holds are counted alone. */
  readonly connections?: (() => Awaitable<number>) | undefined
  /** How long all of it takes, about. Default 1,000. */
  readonly forMs?: number | undefined
  /** Default 64. */
  readonly callers?: number | undefined
  /** Of each call. Default 1,000. */
  readonly deadlineMs?: number | undefined
  /** Of what is called; when it happens nobody can say. Default: another each time; the report says which. */
  readonly seed?: number | undefined
}

export const ENDURE_DEFAULTS = { forMs: 1_000, callers: 64, deadlineMs: 1_000 } as const

const ENDURE_RULES: Rules<EndureOptions> = {
  trouble: RULES.object,
  open: RULES.run,
  connections: RULES.run,
  forMs: RULES.positiveMs,
  callers: RULES.positiveInteger,
  deadlineMs: RULES.positiveMs,
  seed: RULES.any,
}

/** Within so long after its return the server must be of use to everybody again. */
const RETURN_MS = 2_000

/** So long after a deadline without a failure, all is taken to be well. */
const WELL_MS = 100

/** On every server that there may be. */
const MANY_KEYS = Array.from({ length: 100 }, (_, index) => `key-${index}`)

const OPENING_MS = 5_000

/** The longest that trouble lasts at a time. */
const SPELL_MS = 1_000

/** What was closed is gone from the counts of process and server a little later. */
const SETTLING_MS = 2_000

const LOOK_AGAIN_MS = 20

/**
 * Many call at once while trouble comes and goes; gives what came of it, and what was wrong: calls that were not settled
 * in time, values that nobody stored there or that no order of the calls explains, failures that say the wrong thing or
 * come when all should be well, errors that nobody caught, and what was not let go.
 */
export async function endure(options: EndureOptions): Promise<Endured> {
  checkOptions('endure', options, ENDURE_RULES, ['trouble', 'open'])
  const stores = await Promise.all([options.open(), options.open()])
  const shells = stores.map((store) => shell(store))
  try {
    // What a store has for good is no leak: its connections.
    for (const store of shells) await store.read(MANY_KEYS, newCall(Date.now(), { deadline: Date.now() + OPENING_MS }))
    const before = await holdings(options.connections)
    return await new Run(options, shells).report(before)
  } finally {
    await Promise.all(shells.map(async (store) => store.close()))
  }
}

class Run {
  readonly #options: EndureOptions
  readonly #seed: number
  readonly #findings = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #load: Load
  #isWell = true
  #lastFailureAt = 0
  #returnedAt = 0
  #worstReturnMs = 0

  constructor(options: EndureOptions, stores: ConstructorParameters<typeof Load>[0]['stores']) {
    const { callers = ENDURE_DEFAULTS.callers, deadlineMs = ENDURE_DEFAULTS.deadlineMs } = options
    this.#options = options
    this.#seed = options.seed ?? Math.floor(Math.random() * 2 ** 31)
    const failed = (what: string, begun: number): void => this.#failed(what, begun)
    const { keeps } = options.trouble
    this.#load = new Load({ stores, callers, deadlineMs, seed: this.#seed, keeps, failed })
  }

  async report(before: Holdings): Promise<Endured> {
    const uncaught = (error: unknown): void => void this.#findings.add(`an error that nobody caught: ${String(error)}`)
    process.on('unhandledRejection', uncaught).on('uncaughtException', uncaught)
    try {
      return await this.#endured(before)
    } finally {
      process.off('unhandledRejection', uncaught).off('uncaughtException', uncaught)
    }
  }

  async #endured(before: Holdings): Promise<Endured> {
    const { trouble, forMs = ENDURE_DEFAULTS.forMs, deadlineMs = ENDURE_DEFAULTS.deadlineMs } = this.#options
    const end = performance.now() + forMs
    await this.#well()
    let spells = 0
    do {
      this.#isWell = false
      await trouble.begin()
      // Long enough for calls to miss their deadlines, and for their successors.
      await pause(Math.max(Math.min(SPELL_MS, forMs / 2), 1.5 * deadlineMs))
      await trouble.end()
      spells += 1
      await this.#well()
    } while (performance.now() < end)
    await this.#load.stop(2 * deadlineMs + RETURN_MS)
    const grown = await this.#grown(before)
    const { calls, answered, worstLateMs, findings } = this.#load
    return {
      trouble: trouble.name,
      seed: this.#seed,
      spells,
      calls,
      answered,
      failures: this.#failures,
      worstLateMs,
      worstReturnMs: this.#worstReturnMs,
      findings: [...this.#findings, ...findings, ...grown],
    }
  }

  /** Waits until every caller has had an answer and nothing has failed for a while. */
  async #well(): Promise<void> {
    const { deadlineMs = ENDURE_DEFAULTS.deadlineMs } = this.#options
    this.#returnedAt = performance.now()
    this.#lastFailureAt = this.#returnedAt
    for (;;) {
      await pause(LOOK_AGAIN_MS)
      const now = performance.now()
      const isWell = now - this.#lastFailureAt > deadlineMs + WELL_MS && this.#load.allAnsweredSince(this.#returnedAt)
      if (isWell || now - this.#returnedAt > RETURN_MS + deadlineMs + WELL_MS) break
    }
    const tookMs = this.#lastFailureAt - this.#returnedAt
    this.#worstReturnMs = Math.max(this.#worstReturnMs, tookMs)
    if (tookMs > RETURN_MS) this.#findings.add(`${Math.round(tookMs)} ms after the server's return calls still failed`)
    if (!this.#load.allAnsweredSince(this.#returnedAt)) this.#findings.add('some callers had no answer any more')
    this.#isWell = true
  }

  #failed(what: string, begun: number): void {
    this.#failures.set(what, (this.#failures.get(what) ?? 0) + 1)
    if (begun >= this.#returnedAt) this.#lastFailureAt = performance.now()
    if (this.#isWell) this.#findings.add(`a failure while all was well: ${what}`)
    else if (!this.#options.trouble.allows.test(what)) this.#findings.add(`a failure that may not be: ${what}`)
  }

  /** Looks until there is no more than there was, or it is clear that it stays. */
  async #grown(before: Holdings): Promise<readonly string[]> {
    const end = performance.now() + SETTLING_MS
    for (;;) {
      const grown = growth(before, await holdings(this.#options.connections))
      if (grown.length === 0 || performance.now() > end) return grown
      await pause(LOOK_AGAIN_MS)
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.setTimer(ms, resolve))
}
