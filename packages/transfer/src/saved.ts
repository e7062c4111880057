import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type Bytes,
  type CacheError,
  checkOptions,
  type ErrorCode,
  isCacheError,
  RULES,
  type Rules,
  type Store,
  systemClock,
  toCacheError,
} from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'
import { conversion } from './convert.js'
import { type ExportReport, exportAll } from './export.js'
import { type ImportReport, importAll } from './import.js'
import { ARGUMENTS, type ExportOptions, type ImportOptions, RULES_OF, type WithCodec } from './options.js'

export type SaveOptions = Omit<ExportOptions, 'checkpoint'>

export interface RestoreOptions extends Omit<ImportOptions, 'checkpoint' | 'partial' | 'verify'> {
  /**
   * A file that was saved longer ago is not read: what others changed since, it does not know. By the clock. Default
   * 300,000, five minutes.
   */
  readonly maxAgeMs?: number | undefined
}

export const RESTORE_DEFAULTS = { maxAgeMs: 300_000 } as const

/** What became of a saved file. */
export type Restored =
  | { readonly outcome: 'restored'; readonly report: ImportReport }
  /** There is none: the first start, or one after a crash. */
  | { readonly outcome: 'absent' }
  /** Saved too long ago; nothing of it was read. */
  | { readonly outcome: 'old'; readonly ageMs: number }
  /** Damaged, or of another codec or a later version. What came before the first such line may be restored. */
  | { readonly outcome: 'unreadable'; readonly error: CacheError }

/** What an import fails with where the file is to blame. */
const UNREADABLE: readonly ErrorCode[] = ['CORRUPT', 'UNSUPPORTED', 'INVALID_VALUE', 'TOO_LARGE']

const { checkpoint: _resumed, partial: _partial, verify: _verify, ...IMPORTED } = RULES_OF.importFrom
const { checkpoint: _begun, ...SAVE_RULES } = RULES_OF.exportTo
const RESTORE_RULES = { ...IMPORTED, maxAgeMs: RULES.positiveMs } satisfies Rules<RestoreOptions>

/** What a cache holds may be secret. */
const OWNER_ONLY = 0o600

/**
 * Saves all that a store holds, for `restoreFrom`. The file is there as a whole, under its name, or as it was before:
 * neither a failure nor a crash leaves half of it.
 */
export function saveTo(store: Store<Bytes>, file: string, options?: SaveOptions): Promise<ExportReport>
export function saveTo<V>(store: Store<V>, file: string, options: WithCodec<SaveOptions, V>): Promise<ExportReport>
export async function saveTo(store: Store<unknown>, file: string, options: SaveOptions = {}): Promise<ExportReport> {
  checkOptions<SaveOptions>('saveTo', options, SAVE_RULES)
  checkOptions<{ store: unknown; file: unknown }>('saveTo', { store, file }, ARGUMENTS.saved, ['store', 'file'])
  const unfinished = `${file}.${randomUUID()}.tmp`
  try {
    const handle = await open(unfinished, 'wx', OWNER_ONLY)
    try {
      const report = await exportAll(store, sinkOf(handle), options)
      await handle.sync()
      await handle.close()
      await rename(unfinished, file)
      await syncFolder(dirname(file))
      return report
    } catch (error) {
      await handle.close().catch(() => undefined) // it may be closed, and has nothing to lose
      await rm(unfinished, { force: true })
      throw error
    }
  } catch (error) {
    throw told(error, 'saveTo', true)
  }
}

/**
 * Reads what `saveTo` wrote into a store, and removes the file: after a crash, one of an earlier life would bring back
 * what was removed since. A file that cannot be read or is too old is told of in the answer, and does no harm.
 */
export function restoreFrom(store: Store<Bytes>, file: string, options?: RestoreOptions): Promise<Restored>
export function restoreFrom<V>(store: Store<V>, file: string, options: WithCodec<RestoreOptions, V>): Promise<Restored>
export async function restoreFrom(
  store: Store<unknown>,
  file: string,
  options: RestoreOptions = {},
): Promise<Restored> {
  checkOptions<RestoreOptions>('restoreFrom', options, RESTORE_RULES)
  checkOptions<{ store: unknown; file: unknown }>('restoreFrom', { store, file }, ARGUMENTS.saved, ['store', 'file'])
  const { maxAgeMs = RESTORE_DEFAULTS.maxAgeMs, ...rest } = options
  // A codec that lacks is a mistake of the program, and costs no file.
  conversion('bytes', store.traits.values, rest.codec)
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const ageMs = (rest.clock ?? systemClock).now() - (await handle.stat()).mtimeMs
    // Open, it can be read though its name is gone: not even a crash from here on leaves it to the next start.
    await rm(file)
    if (ageMs > maxAgeMs) return { outcome: 'old', ageMs }
    return {
      outcome: 'restored',
      report: await importAll(handle.createReadStream({ autoClose: false }), store, { ...rest, verify: 'none' }),
    }
  } catch (error) {
    if (isMissing(error)) return { outcome: 'absent' }
    if (isCacheError(error) && UNREADABLE.includes(error.code)) return { outcome: 'unreadable', error }
    throw told(error, 'restoreFrom', false)
  } finally {
    await handle?.close()
  }
}

function sinkOf(handle: FileHandle): WritableStream<Bytes> {
  return new WritableStream({ write: (bytes) => handle.appendFile(bytes) })
}

/** The new name of a file lasts once its folder does; Windows has no such thing as opening one. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}

function told(error: unknown, operation: string, writing: boolean): CacheError {
  if (isCacheError(error)) return error
  const facts = { operation, source: 'file', writing }
  return errnoError(error, facts) ?? toCacheError(error, { operation, source: 'file' })
}
