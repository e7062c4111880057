import { type Bytes, CacheError, checkOptions, type Shell, type Store, shell } from '@cachette/core'
import { type Checkpoint, type Counts, failedAt } from './checkpoint.js'
import { comparePage, type Difference, Findings } from './compare.js'
import { type Convert, conversion } from './convert.js'
import { ARGUMENTS, type MigrateOptions, parse, RULES_OF, type Settings, type WithCodec } from './options.js'
import { type Names, Progression } from './resume.js'
import { type Headed, Source } from './source.js'
import { Tally } from './tally.js'
import { Target } from './target.js'
import { tell } from './tell.js'

export interface Report {
  readonly counts: Counts
  /** Whether nothing differs; `undefined` where nothing was compared. */
  readonly verified: boolean | undefined
  readonly compared: number
  /** How many differ. */
  readonly differing: number
  /** The first hundred of them. */
  readonly differences: readonly Difference[]
}

/**
 * Copies every entry of a store into another, with its lifetimes, version, tags and marks, and compares the two
 * afterwards. Nothing newer is ever overwritten. A failure carries a checkpoint to go on from: see `checkpointOf`.
 */
export function migrate<V>(from: Store<V>, to: Store<V>, options?: MigrateOptions): Promise<Report>
export function migrate<V>(from: Store<V>, to: Store<Bytes>, options: WithCodec<MigrateOptions, V>): Promise<Report>
export function migrate<V>(from: Store<Bytes>, to: Store<V>, options: WithCodec<MigrateOptions, V>): Promise<Report>
export async function migrate(from: Store<unknown>, to: Store<unknown>, options: MigrateOptions = {}): Promise<Report> {
  const settings = parse('migrate', options, RULES_OF.migrate)
  checkOptions('migrate', { '"from"': from, '"to"': to }, ARGUMENTS.migrate, ['"from"', '"to"'])
  const [source, target] = [shell(from, settings), shell(to, settings)]
  if (source === target) throw new CacheError('INVALID_OPTION', 'migrate: expected two stores, got one twice')
  const migration = new Migration(source, target, settings)
  try {
    await migration.copy()
    return await migration.verify()
  } catch (error) {
    throw failedAt(error, migration.checkpoint)
  }
}

class Migration {
  readonly #settings: Settings
  readonly #source: Source
  readonly #target: Target
  readonly #convert: Convert
  readonly #tally: Tally
  readonly #findings = new Findings()
  readonly #progression: Progression

  constructor(from: Shell<unknown>, to: Shell<unknown>, settings: Settings) {
    const { checkpoint, prefix, codec } = settings
    this.#settings = settings
    const names: Names = { operation: 'migrate', from: from.name, to: to.name, prefix }
    this.#progression = new Progression(from, names, checkpoint)
    this.#tally = new Tally(this.#progression.checkpoint.counts)
    this.#source = new Source(from, settings, this.#tally)
    this.#target = new Target(to, settings, this.#tally)
    this.#convert = conversion(from.traits.values, to.traits.values, codec)
  }

  get checkpoint(): Checkpoint {
    return this.#progression.checkpoint
  }

  async copy(): Promise<void> {
    for await (const page of this.#source.pages()) {
      const left = this.#progression.left(page)
      if (left.length === 0) continue
      await this.#copyPage(left)
      this.#progression.done(left, this.#tally.counts)
      await this.#tell('copy')
    }
  }

  async verify(): Promise<Report> {
    const { verify, batchBytes } = this.#settings
    const comparison = {
      source: this.#source,
      target: this.#target,
      convert: this.#convert,
      batchBytes,
      values: verify === 'values',
    }
    if (verify !== 'none') {
      for await (const page of this.#source.pages()) {
        const chosen = this.#source.wanted(page)
        this.#findings.add(await comparePage(chosen, comparison))
        this.#findings.compared += chosen.length
        await this.#tell('verify')
      }
    }
    const { compared, differing, differences } = this.#findings
    const verified = verify === 'none' ? undefined : differing === 0
    return { counts: this.#tally.counts, verified, compared, differing, differences }
  }

  async #copyPage(page: readonly Headed[]): Promise<void> {
    const chosen = this.#source.chosen(page)
    const stored = await this.#target.headers(chosen.map(([key]) => key))
    const lacking = this.#target.lacking(chosen, stored)
    for await (const batch of this.#source.entries(lacking, this.#convert)) await this.#target.put(batch)
  }

  async #tell(phase: 'copy' | 'verify'): Promise<void> {
    const { counts } = this.#tally
    await tell(this.#settings, { phase, counts, compared: this.#findings.compared, checkpoint: this.checkpoint })
  }
}
