import { type Bytes, checkOptions, type Entry, isCacheError, type Shell, type Store, shell } from '@cachette/core'
import { type Checkpoint, failedAt, NO_COUNTS } from './checkpoint.js'
import { compareEntries, Findings } from './compare.js'
import { type Convert, conversion } from './convert.js'
import type { Report } from './migrate.js'
import { badLine, Reader } from './ndjson/reader.js'
import { ARGUMENTS, type ImportOptions, parse, RULES_OF, type Settings, type WithCodec } from './options.js'
import { checkSame, type Names } from './resume.js'
import { isLasting, type Keyed } from './source.js'
import { Tally } from './tally.js'
import { Target } from './target.js'
import { tell } from './tell.js'

export interface ImportReport extends Report {
  /** Whether the last line was there; false only where `partial` allows it. */
  readonly complete: boolean
}

/**
 * Reads what `exportTo` wrote into a store. Nothing newer is ever overwritten, and no line is stored before its checksum
 * was found right. A failure says which line is to blame, and carries a checkpoint to go on from: see `checkpointOf`.
 */
export function importFrom(
  source: AsyncIterable<Bytes | string>,
  to: Store<Bytes>,
  options?: ImportOptions,
): Promise<ImportReport>
export function importFrom<V>(
  source: AsyncIterable<Bytes | string>,
  to: Store<V>,
  options: WithCodec<ImportOptions, V>,
): Promise<ImportReport>
export async function importFrom(
  source: AsyncIterable<Bytes | string>,
  to: Store<unknown>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  return importAll(source, to, options)
}

/** The same, for those who have checked what goes with what. */
export async function importAll(
  source: AsyncIterable<Bytes | string>,
  to: Store<unknown>,
  options: ImportOptions,
): Promise<ImportReport> {
  const settings = parse('importFrom', options, RULES_OF.importFrom)
  checkOptions('importFrom', { source, '"to"': to }, ARGUMENTS.importFrom, ['source', '"to"'])
  const running = new Import(source, shell(to, settings), settings)
  try {
    return await running.run()
  } catch (error) {
    throw failedAt(error, running.checkpoint)
  }
}

const MOST_WAITING = 256

class Import {
  readonly #settings: Settings
  readonly #reader: Reader
  readonly #target: Target
  readonly #convert: Convert
  readonly #tally: Tally
  readonly #findings = new Findings()
  /** Entries whose lines are whole, and which are not stored yet. */
  #waiting: Keyed[] = []
  #waitingBytes = 0
  #done: Pick<Checkpoint, 'lines' | 'sha256' | 'counts'>

  constructor(source: AsyncIterable<Bytes | string>, to: Shell<unknown>, settings: Settings) {
    const { checkpoint, codec } = settings
    this.#settings = settings
    const { lines = 0, sha256, counts = NO_COUNTS } = checkpoint ?? {}
    this.#done = { lines, sha256, counts }
    this.#reader = new Reader(source, settings)
    this.#tally = new Tally(this.#done.counts)
    this.#target = new Target(to, settings, this.#tally)
    this.#convert = conversion('bytes', to.traits.values, codec)
  }

  get checkpoint(): Checkpoint {
    return { ...this.#names(), ...this.#done }
  }

  async run(): Promise<ImportReport> {
    const { checkpoint, batchBytes, verify, partial } = this.#settings
    if (checkpoint !== undefined) checkSame(checkpoint, this.#names())
    // What failed before its first line does not know whose file it is.
    let checked = this.#done.lines === 0
    try {
      for await (const [key, entry] of this.#reader.entries()) {
        if (!checked && checkpoint !== undefined) checkSame(checkpoint, this.#names())
        checked = true
        this.#keep(key, entry)
        if (this.#waitingBytes >= batchBytes || this.#waiting.length >= MOST_WAITING) await this.#put()
      }
    } catch (error) {
      // What came before a bad line is good.
      if (isCacheError(error) && error.details['line'] !== undefined) await this.#put()
      throw error
    }
    const { complete, line } = this.#reader
    await this.#put()
    if (!complete && !partial) throw badLine(line + 1, 'the file was cut off: expected its last line')
    const { compared, differing, differences } = this.#findings
    const verified = verify === 'none' ? undefined : differing === 0
    return { counts: this.#tally.counts, verified, compared, differing, differences, complete }
  }

  #names(): Names {
    const { from = '', prefix = '' } = this.#settings.checkpoint ?? {}
    const { store, prefix: begun } = this.#reader.first ?? { store: from, prefix }
    return { operation: 'import', from: store, to: this.#target.store.name, prefix: begun }
  }

  #keep(key: string, entry: Entry<unknown>): void {
    const lasting = isLasting(entry, this.#target.store.clock.now())
    this.#tally.add({ seen: 1, leftOut: lasting ? 0 : 1 })
    if (!lasting) return
    this.#waiting.push([key, this.#convert(entry, key)])
    this.#waitingBytes += entry.size
  }

  /** Stores what waits, and compares it with what is there then. */
  async #put(): Promise<void> {
    const entries = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    await this.#target.put(entries)
    const { verify } = this.#settings
    if (verify !== 'none') {
      this.#findings.add(await compareEntries(entries, this.#target, verify === 'values'))
      this.#findings.compared += entries.length
    }
    const { done } = this.#reader
    const { counts } = this.#tally
    // A file that ends before what was done earlier is another.
    if (done.lines >= this.#done.lines) this.#done = { ...done, counts }
    const { compared } = this.#findings
    await tell(this.#settings, { phase: 'copy', counts, compared, checkpoint: this.checkpoint })
  }
}
