import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOptions, type LawId, RULES, type Traits } from '@cachette/core'
import { invalid } from '../options.js'
import { type Random, seededRandom } from '../random.js'
import type { Report } from '../results.js'
import type { Finding } from './finding.js'
import { Ledger } from './ledger.js'
import { PROCESS_RULES, type ProcessOptions, type ProcessSettings, parseProcessOptions } from './options.js'
import { reportOf } from './report.js'
import { type Moment, Round, type RoundResult } from './round.js'
import type { SubjectFacts } from './wire.js'

export interface CrashOptions extends ProcessOptions {
  /** How often the process is killed, always on the same path. Default 20. */
  readonly kills?: number | undefined
}

export const CRASH_DEFAULTS = { kills: 20 } as const

/** The laws that kills can break. */
export const CRASH_LAWS: readonly LawId[] = ['B4', 'S1', 'L3']

/** The last round is not killed: it makes so many writes, closes, and has to end. */
const LAST_WRITES = 20

const MOST_WRITES = 150

/**
 * Kills a process that writes, again and again on the same path, and looks after each kill at what is there: nothing
 * that was acknowledged is missing, every value and every batch is whole, scans agree with reads, and the store opens
 * again at once and writes. What was under way at a kill may have happened or not.
 */
export async function killAgainAndAgain(options: CrashOptions, program: URL): Promise<Report> {
  checkOptions('checkCrash', options, { ...PROCESS_RULES, kills: RULES.positiveInteger })
  const settings = parseProcessOptions(options, program)
  const folder = mkdtempSync(join(tmpdir(), 'cachette-crash-'))
  try {
    return await new Kills(settings, options.kills ?? CRASH_DEFAULTS.kills, join(folder, 'store')).run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Kills {
  readonly #settings: ProcessSettings
  readonly #kills: number
  readonly #path: string
  readonly #random: Random
  readonly #ledger = new Ledger()
  #subject: SubjectFacts = { name: 'a store', deviations: [] }
  #traits: Traits | undefined
  #surveys = 0

  constructor(settings: ProcessSettings, kills: number, path: string) {
    this.#settings = settings
    this.#kills = kills
    this.#path = path
    this.#random = seededRandom(settings.seed)
  }

  async run(): Promise<Report> {
    const startedAt = performance.now()
    let finding: Finding | undefined
    for (let round = 0; round <= this.#kills && finding === undefined; round += 1) {
      const result = await this.#round(round)
      if (result.unusable !== undefined) throw invalid(result.unusable)
      finding = result.finding
      if (this.#traits?.lives === 'process') break
    }
    return this.#report(startedAt, finding)
  }

  async #round(round: number): Promise<RoundResult> {
    const { place, program: _, ...settings } = this.#settings
    const moment = round < this.#kills ? anyMoment(this.#random) : undefined
    const seed = this.#random.below(2 ** 31)
    const writes = moment === undefined ? LAST_WRITES : null
    const job = { task: 'write', ...place, path: this.#path, seed, round, writes } as const
    const result = await new Round(this.#settings, this.#ledger, job, moment).run()
    if (result.surveyed) this.#surveys += 1
    this.#subject = result.subject ?? this.#subject
    this.#traits = result.traits ?? this.#traits
    const { acknowledged } = this.#ledger
    const what = moment === undefined ? 'no kill' : `kill ${round + 1}`
    settings.onProgress({
      done: Math.min(round + 1, this.#kills),
      of: this.#kills,
      what: `${what} after ${result.writes} writes, ${acknowledged} acknowledged in all`,
    })
    return result
  }

  #report(startedAt: number, finding: Finding | undefined): Report {
    const { seed } = this.#settings
    const traits = this.#traits
    const lives = traits?.lives !== 'process'
    const whyNot = 'its entries live no longer than the process'
    const times = (applies: boolean | undefined): number => (lives && applies === true ? this.#surveys : 0)
    return reportOf({
      subject: this.#subject.name,
      deviations: this.#subject.deviations,
      traits,
      tried: [
        { law: 'B4', trials: times(traits?.atomicBatch), whyNot: lives ? 'its batches are not atomic' : whyNot },
        { law: 'S1', trials: times(traits?.scan !== 'none'), whyNot: lives ? 'it cannot scan' : whyNot },
        { law: 'L3', trials: times(true), whyNot },
      ],
      findings: finding === undefined ? [] : [finding],
      runs: this.#kills,
      seed,
      replay: `crash --only kills --kills ${this.#kills} --seed ${seed}`,
      startedAt,
    })
  }
}

/** Often right at a write, sometimes a little later, now and then while it opens or looks at what is there. */
function anyMoment(random: Random): Moment {
  if (random.below(8) === 0) return { afterWrites: 0, delayMs: random.below(25) }
  const afterWrites = 1 + Math.floor(random.next() ** 2 * MOST_WRITES)
  return { afterWrites, delayMs: random.below(2) === 0 ? 0 : random.below(8) }
}
