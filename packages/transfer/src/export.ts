import { createHash } from 'node:crypto'
import { type Bytes, CacheError, checkOptions, type Store, shell } from '@cachette/core'
import { raced } from './abort.js'
import { type Counts, failedAt } from './checkpoint.js'
import { conversion } from './convert.js'
import { membersOf } from './ndjson/entry.js'
import { firstLine, sealed } from './ndjson/format.js'
import { ARGUMENTS, type ExportOptions, parse, RULES_OF, type WithCodec } from './options.js'
import { Progression } from './resume.js'
import { Source } from './source.js'
import { Tally } from './tally.js'
import { tell } from './tell.js'

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
  const settings = parse('exportTo', options, RULES_OF.exportTo)
  const { prefix, checkpoint, signal } = settings
  checkOptions('exportTo', { '"from"': from, sink }, ARGUMENTS.exportTo, ['"from"', 'sink'])
  const store = shell(from, settings)
  if (checkpoint !== undefined && store.traits.scan !== 'ordered') throw inNoOrder(store.name)
  const convert = conversion(store.traits.values, 'bytes', settings.codec)
  const progression = new Progression(store, { operation: 'export', from: store.name, to: '', prefix }, checkpoint)
  const tally = new Tally(progression.checkpoint.counts)
  const source = new Source(store, settings, tally)
  const hash = createHash('sha256')
  const writer = sink.getWriter()
  let entries = 0
  const write = async (text: string): Promise<void> => {
    hash.update(text)
    await raced(writer.ready, signal)
    await raced(writer.write(new TextEncoder().encode(text)), signal)
  }
  try {
    await write(firstLine({ store: store.name, prefix }))
    for await (const page of source.pages()) {
      const left = progression.left(page)
      if (left.length === 0) continue
      for await (const found of source.entries(source.chosen(left), convert)) {
        await write(found.map(([key, entry]) => sealed(membersOf(key, entry))).join(''))
        entries += found.length
        tally.add({ copied: found.length, bytes: found.reduce((sum, [, { size }]) => sum + size, 0) })
      }
      progression.done(left, tally.counts)
      const { checkpoint: reached } = progression
      await tell(settings, { phase: 'copy', counts: tally.counts, compared: 0, checkpoint: reached })
    }
    const sha256 = hash.copy().digest('hex')
    await write(sealed({ entries, sha256 }))
    await raced(writer.close(), signal)
    return { counts: tally.counts, entries, sha256 }
  } catch (error) {
    // The failure is told by what is thrown; a sink that has failed itself cannot be aborted, and one that hangs is left.
    const aborted = writer.abort(error).catch(() => undefined)
    if (signal?.aborted !== true) await aborted
    throw failedAt(error, progression.checkpoint)
  }
}

function inNoOrder(store: string): CacheError {
  return new CacheError('UNSUPPORTED', `exportTo: ${store} lists its keys in no order, so an export of it begins anew`)
}
