import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOptions, type LawId, RULES } from '@cachette/core'
import { invalid } from '../options.js'
import { seededRandom } from '../random.js'
import type { Report } from '../results.js'
import { deathOf, runExaminer } from './examined.js'
import type { Finding } from './finding.js'
import { harm } from './harm.js'
import { judgeExamination, outcomeOf } from './judge-damage.js'
import { Ledger } from './ledger.js'
import { PROCESS_RULES, type ProcessOptions, type ProcessSettings, parseProcessOptions } from './options.js'
import { reportOf } from './report.js'
import { Round, type RoundResult } from './round.js'

export interface DamageOptions extends ProcessOptions {
  /** How many damaged copies of a closed store are opened. Default 40. */
  readonly damages?: number | undefined
}

export const DAMAGE_DEFAULTS = { damages: 40 } as const

/** The laws that damage can break. */
export const DAMAGE_LAWS: readonly LawId[] = ['F1', 'F2']

/** Writes of the store that copies are made of. */
const WRITES = 120

const ALIVE = 'a damaged store answers or refuses, and takes no process with it'

/**
 * Damages copies of a closed store's files, and tries everything with them in a process of its own. Refusals with a
 * typed error are fine, and so is what is missing, or as it was earlier; a wrong value is not, nor the end of the
 * process, nor a call that never settles.
 */
export async function damageCopies(options: DamageOptions, program: URL): Promise<Report> {
  checkOptions('checkDamage', options, { ...PROCESS_RULES, damages: RULES.positiveInteger })
  const settings = parseProcessOptions(options, program)
  const folder = mkdtempSync(join(tmpdir(), 'cachette-damage-'))
  try {
    return await new Damages(settings, options.damages ?? DAMAGE_DEFAULTS.damages, folder).run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Damages {
  readonly #settings: ProcessSettings
  readonly #damages: number
  readonly #folder: string
  readonly #ledger = new Ledger()
  readonly #findings: Finding[] = []
  #tried = 0

  constructor(settings: ProcessSettings, damages: number, folder: string) {
    this.#settings = settings
    this.#damages = damages
    this.#folder = folder
  }

  async run(): Promise<Report> {
    const startedAt = performance.now()
    const whole = join(this.#folder, 'whole')
    const written = await this.#writeWhole(whole)
    if (written.finding !== undefined) this.#findings.push(written.finding)
    else if (written.traits?.lives === 'disk') await this.#damageAll(whole)
    return this.#report(startedAt, written)
  }

  async #writeWhole(path: string): Promise<RoundResult> {
    const { place, seed } = this.#settings
    const job = { task: 'write', ...place, path, seed, round: 0, writes: WRITES } as const
    const result = await new Round(this.#settings, this.#ledger, job, undefined).run()
    if (result.unusable !== undefined) throw invalid(result.unusable)
    return result
  }

  async #damageAll(whole: string): Promise<void> {
    for (let index = 1; index <= this.#damages; index += 1) {
      const path = join(this.#folder, 'damaged')
      cpSync(whole, path, { recursive: true })
      const what = harm(path, seededRandom(this.#settings.seed + index))
      const { hung, outcome } = await this.#examine(path, index, what)
      rmSync(path, { recursive: true, force: true })
      this.#tried += 1
      this.#settings.onProgress({ done: index, of: this.#damages, what: `${what}: ${outcome}` })
      // Each would take all of the patience.
      if (hung) return
    }
  }

  async #examine(path: string, round: number, what: string): Promise<{ hung: boolean; outcome: string }> {
    const { place, patienceMs } = this.#settings
    const examined = await runExaminer(this.#settings, { task: 'examine', ...place, path, round })
    const { examination, end } = examined
    const story = [`damage ${round}: ${what}`]
    const finding =
      deathOf(examined, 'F1', ALIVE, patienceMs, story) ??
      (examination && judgeExamination(examination, this.#ledger, story))
    if (finding !== undefined) this.#note(finding)
    return { hung: end.hung, outcome: finding?.got ?? (examination ? outcomeOf(examination, this.#ledger) : 'nothing') }
  }

  /** The first of each law is told; the others are much the same. */
  #note(finding: Finding): void {
    if (!this.#findings.some(({ law }) => law === finding.law)) this.#findings.push(finding)
  }

  #report(startedAt: number, { subject, traits }: RoundResult): Report {
    const { seed } = this.#settings
    const whyNot = traits?.lives === 'process' ? 'its entries live no longer than the process' : 'it has no files here'
    return reportOf({
      subject: subject?.name ?? 'a store',
      deviations: subject?.deviations ?? [],
      traits,
      tried: DAMAGE_LAWS.map((law) => ({ law, trials: this.#tried, whyNot })),
      findings: this.#findings,
      runs: this.#damages,
      seed,
      replay: `crash --only damage --damages ${this.#damages} --seed ${seed}`,
      startedAt,
    })
  }
}
