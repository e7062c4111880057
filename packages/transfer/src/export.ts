import { createHash } from 'node:crypto'
import { type Bytes, CacheError, checkOptions, type Shell, type Store, shell } from '@cachette/core'
import { raced } from './abort.js'
import { type Checkpoint, type Counts, failedAt } from './checkpoint.js'
import { type Convert, conversion } from './convert.js'
import { membersOf } from './ndjson/entry.js'
import { firstLine, sealed } from './ndjson/format.js'
import { ARGUMENTS, type ExportOptions, parse, RULES_OF, type Settings, type WithCodec } from './options.js'
import { Progression } from './resume.js'
import { type Headed, Source } from './source.js'
import { Tally } from './tally.js'
import { tell } from './tell.js'

const encoder = new TextEncoder()

export interface ExportReport {
  readonly counts: Counts
  /** Entries in this file. */
  readonly entries: number
  /** Of all lines but the last, which holds it too. */
  readonly sha256: string
}

/**
 * Writes every entry of a store as a line of JSON, and closes the sink. The last line says that all of it is there: a
 * file without one was cut off. On failure the sink is aborted, and the error carries a checkpoint.
 */
export function exportTo(
  from: Store<Bytes>,
  sink: WritableStream<Bytes>,
  options?: ExportOptions,
): Promise<ExportReport>
export function exportTo<V>(
  from: Store<V>,
  sink: WritableStream<Bytes>,
  options: WithCodec<ExportOptions, V>,
): Promise<ExportReport>
export async function exportTo(
  from: Store<unknown>,
  sink: WritableStream<Bytes>,
  options: ExportOptions = {},
): Promise<ExportReport> {
  return exportAll(from, sink, options)
}

/** The same, for those who have checked what goes with what. */
export async function exportAll(
  from: Store<unknown>,
  sink: WritableStream<Bytes>,
  options: ExportOptions,
): Promise<ExportReport> {
  const settings = parse('exportTo', options, RULES_OF.exportTo)
  checkOptions('exportTo', { '"from"': from, sink }, ARGUMENTS.exportTo, ['"from"', 'sink'])
  const writer = sink.getWriter()
  let running: Export | undefined
  try {
    running = new Export(shell(from, settings), writer, settings)
    return await running.run()
  } catch (error) {
    // The failure is told by what is thrown; a sink that has failed itself cannot be aborted, and one that hangs is left.
    const aborted = writer.abort(error).catch(() => undefined)
    if (settings.signal?.aborted !== true) await aborted
    throw running === undefined ? error : failedAt(error, running.checkpoint)
  }
}

class Export {
  readonly #store: Shell<unknown>
  readonly #writer: WritableStreamDefaultWriter<Bytes>
  readonly #settings: Settings
  readonly #convert: Convert
  readonly #progression: Progression
  readonly #tally: Tally
  readonly #source: Source
  readonly #hash = createHash('sha256')
  #entries = 0

  constructor(store: Shell<unknown>, writer: WritableStreamDefaultWriter<Bytes>, settings: Settings) {
    const { prefix, checkpoint, codec } = settings
    if (checkpoint !== undefined && store.traits.scan !== 'ordered') throw inNoOrder(store.name)
    this.#store = store
    this.#writer = writer
    this.#settings = settings
    this.#convert = conversion(store.traits.values, 'bytes', codec)
    this.#progression = new Progression(store, { operation: 'export', from: store.name, to: '', prefix }, checkpoint)
    this.#tally = new Tally(this.#progression.checkpoint.counts)
    this.#source = new Source(store, settings, this.#tally)
  }

  get checkpoint(): Checkpoint {
    return this.#progression.checkpoint
  }

  async run(): Promise<ExportReport> {
    const { prefix, signal } = this.#settings
    await this.#write(firstLine({ store: this.#store.name, prefix }))
    for await (const page of this.#source.pages()) {
      const left = this.#progression.left(page)
      if (left.length === 0) continue
      await this.#exportPage(left)
      const { counts } = this.#tally
      this.#progression.done(left, counts)
      await tell(this.#settings, { phase: 'copy', counts, compared: 0, checkpoint: this.checkpoint })
    }
    const entries = this.#entries
    const sha256 = this.#hash.copy().digest('hex')
    await this.#write(sealed({ entries, sha256 }))
    await raced(this.#writer.close(), signal)
    return { counts: this.#tally.counts, entries, sha256 }
  }

  async #exportPage(page: readonly Headed[]): Promise<void> {
    for await (const batch of this.#source.entries(this.#source.chosen(page), this.#convert)) {
      await this.#write(batch.map(([key, entry]) => sealed(membersOf(key, entry))).join(''))
      this.#entries += batch.length
      this.#tally.add({ copied: batch.length, bytes: batch.reduce((sum, [, { size }]) => sum + size, 0) })
    }
  }

  async #write(text: string): Promise<void> {
    const { signal } = this.#settings
    this.#hash.update(text)
    await raced(this.#writer.ready, signal)
    await raced(this.#writer.write(encoder.encode(text)), signal)
  }
}

function inNoOrder(store: string): CacheError {
  return new CacheError('UNSUPPORTED', `exportTo: ${store} lists its keys in no order, so an export of it begins anew`)
}
