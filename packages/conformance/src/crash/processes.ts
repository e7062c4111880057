import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOptions, type LawId, RULES, type Rule, type Traits } from '@cachette/core'
import type { HistoryOperation } from '../history/operations.js'
import { invalid } from '../options.js'
import type { Report } from '../results.js'
import { CommonStart } from './common-start.js'
import { died, type Finding, hung, troubled } from './finding.js'
import { judgeHistory } from './judge-history.js'
import { Ledger } from './ledger.js'
import { PROCESS_RULES, type ProcessOptions, type ProcessSettings, parseProcessOptions } from './options.js'
import { reportOf } from './report.js'
import { Round, type RoundResult } from './round.js'
import { ROUND_MS, roundOf } from './rounds.js'
import { type Control, endedAsTold, supervise } from './supervise.js'
import type { Message, ShareJob, Trouble } from './wire.js'

export interface SharingOptions extends ProcessOptions {
  /** How many processes share the path. Default 3. */
  readonly processes?: number | undefined
  /** How many threads of one more process do too; 0 where the driver cannot be loaded by several. Default 2. */
  readonly threads?: number | undefined
  /** For how long. Default 1,500. */
  readonly durationMs?: number | undefined
}

export const SHARING_DEFAULTS = { processes: 3, threads: 2, durationMs: 1_500 } as const

/** The laws that sharing can break. */
export const SHARING_LAWS: readonly LawId[] = ['O2', 'C5', 'R1']

const COUNT: Rule = {
  expected: 'a whole number, or 0',
  accepts: (value) => Number.isInteger(value) && Number(value) >= 0,
}

const WRITES_BEFORE = 10

const TITLE = 'a shared store works for several processes and threads at once'

/**
 * Lets several processes and threads read and write the same keys at once, with and without conditions, and looks for
 * an order of all that they did in which every answer is right.
 */
export async function shareAmongMany(options: SharingOptions, program: URL): Promise<Report> {
  const rules = {
    ...PROCESS_RULES,
    processes: RULES.positiveInteger,
    threads: COUNT,
    durationMs: RULES.positiveMs,
  }
  checkOptions('checkSharing', options, rules)
  const settings = parseProcessOptions(options, program)
  const folder = mkdtempSync(join(tmpdir(), 'cachette-sharing-'))
  try {
    return await new Sharing(settings, options, join(folder, 'store')).run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Sharing {
  readonly #settings: ProcessSettings
  readonly #processes: number
  readonly #threads: number
  readonly #rounds: number
  readonly #path: string
  readonly #operations: HistoryOperation<string>[] = []
  readonly #findings: Finding[] = []
  #conditional = false

  constructor(settings: ProcessSettings, options: SharingOptions, path: string) {
    this.#settings = settings
    this.#path = path
    this.#processes = options.processes ?? SHARING_DEFAULTS.processes
    this.#threads = options.threads ?? SHARING_DEFAULTS.threads
    this.#rounds = Math.ceil((options.durationMs ?? SHARING_DEFAULTS.durationMs) / ROUND_MS)
  }

  async run(): Promise<Report> {
    const startedAt = performance.now()
    const alone = await this.#alone()
    if (alone.finding !== undefined) this.#findings.push(alone.finding)
    else if (alone.traits?.shared === true) await this.#together(alone.traits)
    return this.#report(alone, startedAt)
  }

  /** What the store declares, and that it works for one. */
  async #alone(): Promise<RoundResult> {
    const { place, seed } = this.#settings
    const job = { task: 'write', ...place, path: this.#path, seed, round: 0, writes: WRITES_BEFORE } as const
    const result = await new Round(this.#settings, new Ledger(), job, undefined).run()
    if (result.unusable !== undefined) throw invalid(result.unusable)
    return result
  }

  async #together(traits: Traits): Promise<void> {
    this.#conditional = traits.conditional === 'shared'
    const processes = Array.from({ length: this.#processes }, (_, index) => this.#job(index + 1, 0))
    const threads = this.#threads > 0 ? [this.#job(this.#processes + 1, this.#threads)] : []
    const start = new CommonStart(this.#processes + this.#threads)
    await Promise.all([...processes, ...threads].map((job) => this.#live(job, start)))
    if (this.#findings.length > 0) return
    const rounds = 1 + this.#operations.reduce((latest, { key }) => Math.max(latest, roundOf(key)), 0)
    await this.#live({ ...this.#job(0, 0), rounds, last: true }, new CommonStart(1))
    if (this.#findings.length > 0) return
    this.#findings.push(...judgeHistory(this.#operations, rounds, traits.evicts !== 'no'))
  }

  #job(client: number, threads: number): ShareJob {
    const { place, seed } = this.#settings
    const conditional = this.#conditional
    const rounds = this.#rounds
    return {
      task: 'share',
      ...place,
      path: this.#path,
      seed,
      client,
      threads,
      rounds,
      conditional,
      last: false,
    }
  }

  /** One process, from its start to its end. */
  async #live(job: ShareJob, start: CommonStart): Promise<void> {
    const { patienceMs } = this.#settings
    const troubles: Trouble[] = []
    let done = false
    const hear = (message: Message, control: Control): void => {
      if (message.is === 'open') start.ready(control)
      if (message.is === 'history') {
        for (const operation of message.operations) this.#operations.push(operation)
        troubles.push(...message.failures)
      }
      if (message.is === 'done') done = true
      if (message.is === 'trouble') {
        troubles.push(message)
        control.kill()
      }
    }
    const durationMs = this.#rounds * ROUND_MS
    const end = await supervise({ ...this.#settings, patienceMs: patienceMs + durationMs }, job, hear)
    start.left()
    this.#settings.onProgress({ done: this.#operations.length, of: this.#operations.length, what: whoOf(job) })
    const [trouble] = troubles
    const story = [whoOf(job)]
    if (trouble !== undefined) this.#findings.push(troubled('R1', TITLE, trouble, story))
    else if (end.hung) this.#findings.push(hung('R1', TITLE, 'sharing', patienceMs + durationMs, story))
    else if (!endedAsTold(end, done)) this.#findings.push(died('R1', TITLE, 'sharing', end.exit, story))
  }

  #report({ subject, traits }: RoundResult, startedAt: number): Report {
    const { seed } = this.#settings
    const isShared = traits?.shared === true
    const whyNot = 'other processes do not see its entries'
    const among = `--processes ${this.#processes} --threads ${this.#threads}`
    return reportOf({
      subject: subject?.name ?? 'a store',
      deviations: subject?.deviations ?? [],
      traits,
      tried: SHARING_LAWS.map((law) => {
        const applies = isShared && (law !== 'C5' || this.#conditional)
        const reason = isShared ? 'its conditions do not hold between processes' : whyNot
        return { law, trials: applies ? this.#operations.length : 0, whyNot: reason }
      }),
      findings: this.#findings,
      runs: 1,
      seed,
      replay: `crash --only sharing ${among} --duration ${this.#rounds * ROUND_MS} --seed ${seed}`,
      startedAt,
    })
  }
}

function whoOf({ client, threads, last }: ShareJob): string {
  if (last) return 'the last reader'
  return threads === 0 ? `process ${client}` : `threads ${client} to ${client + threads - 1}, of one process`
}
