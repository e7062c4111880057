import { type Clock, type Codec, checkOptions, type Header, oneOf, RULES, type Rule, type Rules } from '@cachette/core'
import { type Checkpoint, isCheckpoint, type Progress } from './checkpoint.js'

/** What is compared once all has been copied: nothing, headers with their versions, or the values as well. */
export type Verification = 'none' | 'headers' | 'values'

export interface TransferOptions {
  /** Only keys that begin with it, taken literally. Default: all of them. */
  readonly prefix?: string | undefined
  /**
   * Turns values into bytes and back where one side keeps values by reference and the other bytes; the codec that the
   * caches of the byte store have. Not needed otherwise: bytes are copied as they are, layers' work included.
   */
  readonly codec?: Codec | undefined
  /** Only what it answers true for, by key and header. Default: everything. */
  readonly filter?: ((key: string, header: Header) => boolean) | undefined
  /** How long one page or one batch may take, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number | undefined
  /** Values are read and written in batches of about so many bytes, which bounds the memory. Default 4 MiB. */
  readonly batchBytes?: number | undefined
  /** Ends it with `ABORTED`, and the checkpoint inside. */
  readonly signal?: AbortSignal | undefined
  /** Hears of every page, or every batch of an import; a promise is waited for. What it throws ends the transfer. */
  readonly onProgress?: ((progress: Progress) => unknown) | undefined
  /** The clock that the stores have. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface MigrateOptions extends TransferOptions {
  /** Where an earlier run ended: from its error, or from its last progress. */
  readonly checkpoint?: Checkpoint | undefined
  /** Default `values`, which reads all of it once more from both. */
  readonly verify?: Verification | undefined
}

export interface ExportOptions extends TransferOptions {
  /** Where an earlier export ended, of a store that lists its keys in order: what comes after it is exported. */
  readonly checkpoint?: Checkpoint | undefined
}

export interface ImportOptions extends Omit<MigrateOptions, 'filter' | 'prefix'> {
  /** Takes what is whole of a file that was cut off, in place of failing at its end. Default false. */
  readonly partial?: boolean | undefined
  /** A longer line is refused before it is taken into memory. Default 64 MiB. */
  readonly maxLineBytes?: number | undefined
}

/** The same where values and bytes meet, so that the codec must be one of those values. */
export type WithCodec<O, V> = Omit<O, 'codec'> & { readonly codec: Codec<V> }

export interface Settings {
  readonly prefix: string
  readonly codec: Codec | undefined
  readonly filter: (key: string, header: Header) => boolean
  readonly deadlineMs: number
  readonly batchBytes: number
  readonly maxLineBytes: number
  readonly partial: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => unknown
  readonly clock: Clock | undefined
  readonly checkpoint: Checkpoint | undefined
  readonly verify: Verification
}

const MEBIBYTE = 2 ** 20

export const DEFAULTS: Settings = {
  prefix: '',
  codec: undefined,
  filter: () => true,
  deadlineMs: 30_000,
  batchBytes: 4 * MEBIBYTE,
  maxLineBytes: 64 * MEBIBYTE,
  partial: false,
  signal: undefined,
  onProgress: () => undefined,
  clock: undefined,
  checkpoint: undefined,
  verify: 'values',
}

const STRING: Rule = { expected: 'a string', accepts: (value) => typeof value === 'string' }

export const SIGNAL: Rule = { expected: 'an AbortSignal', accepts: (value) => value instanceof AbortSignal }

const SHARED: Rules<Omit<ExportOptions, 'filter' | 'prefix'>> = {
  codec: { expected: 'a codec { name, encode, decode }', accepts: isCodec },
  deadlineMs: RULES.positiveMs,
  batchBytes: RULES.positiveInteger,
  signal: SIGNAL,
  onProgress: RULES.run,
  clock: RULES.clock,
  checkpoint: { expected: 'a checkpoint of an earlier run', accepts: isCheckpoint },
}
const CHOSEN: Rules<ExportOptions> = { ...SHARED, prefix: STRING, filter: RULES.run }
const VERIFY = oneOf('none', 'headers', 'values')

export const RULES_OF = {
  migrate: { ...CHOSEN, verify: VERIFY } satisfies Rules<MigrateOptions>,
  exportTo: CHOSEN,
  importFrom: {
    ...SHARED,
    verify: VERIFY,
    maxLineBytes: RULES.positiveInteger,
    partial: RULES.boolean,
  } satisfies Rules<ImportOptions>,
} as const

const STORE: Rule = { expected: 'a store, as adapters give them, and no cache', accepts: isStore }

/** What the verbs take beside their options. */
export const ARGUMENTS = {
  migrate: { '"from"': STORE, '"to"': STORE },
  exportTo: {
    '"from"': STORE,
    sink: {
      expected: 'a WritableStream that nobody else writes to, as Writable.toWeb makes one of a stream of Node',
      accepts: (value) => value instanceof WritableStream && !value.locked,
    },
  },
  saved: { store: STORE, file: { expected: 'the path of a file', accepts: RULES.text.accepts } },
  importFrom: { source: { expected: 'a ReadableStream or async iterable', accepts: isAsyncIterable }, '"to"': STORE },
} as const satisfies Record<string, Record<string, Rule>>

/** Everything an option may say, with its default where it says nothing. */
export function parse<O extends object>(verb: string, options: O, rules: Rules<O>): Settings {
  checkOptions(verb, options, rules)
  return { ...DEFAULTS, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) }
}

function isCodec(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!('name' in value && 'encode' in value && 'decode' in value)) return false
  return typeof value.name === 'string' && typeof value.encode === 'function' && typeof value.decode === 'function'
}

/** The rest of what makes a store is for its shell to find out. */
function isStore(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'traits' in value && 'contract' in value
}

function isAsyncIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
