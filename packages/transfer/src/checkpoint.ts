import { CacheError, isCacheError, toCacheError } from '@cachette/core'

/** What became of entries, earlier runs included where one was resumed. */
export interface Counts {
  /** Entries that were come across, of every kind. */
  readonly seen: number
  readonly copied: number
  /** Were there already, of the same version. */
  readonly same: number
  /** Had a newer version in their place, which stayed. */
  readonly newer: number
  /** Left out on purpose: what `filter` refused, leases, and what had expired or was removed before it was read. */
  readonly leftOut: number
  /** Damaged where they were, so that there is nothing to copy. */
  readonly damaged: number
  /** Bytes of values that were copied. */
  readonly bytes: number
}

export const NO_COUNTS: Counts = { seen: 0, copied: 0, same: 0, newer: 0, leftOut: 0, damaged: 0, bytes: 0 }

/** Where a transfer is. Plain data: it goes through JSON unchanged, into a file or anywhere else. */
export interface Checkpoint {
  readonly operation: 'migrate' | 'export' | 'import'
  /** The names of the stores, so that it is not taken for that of another transfer. */
  readonly from: string
  readonly to: string
  readonly prefix: string
  /** The last key that is done, where keys come in order. */
  readonly after?: string | undefined
  /** Lines that are done, of an import. */
  readonly lines: number
  /** Of those lines, so that another file is not taken for theirs. */
  readonly sha256?: string | undefined
  readonly counts: Counts
}

export interface Progress {
  readonly phase: 'copy' | 'verify'
  readonly counts: Counts
  /** How many have been compared so far. */
  readonly compared: number
  /** To go on from here, should the process end. */
  readonly checkpoint: Checkpoint
}

const OPERATIONS: readonly unknown[] = ['migrate', 'export', 'import'] satisfies Checkpoint['operation'][]

export function isCheckpoint(value: unknown): value is Checkpoint {
  if (!isRecord(value) || !isRecord(value['counts'])) return false
  const { counts } = value
  return (
    OPERATIONS.includes(value['operation']) &&
    typeof value['from'] === 'string' &&
    typeof value['to'] === 'string' &&
    typeof value['prefix'] === 'string' &&
    (value['after'] === undefined || typeof value['after'] === 'string') &&
    Number.isSafeInteger(value['lines']) &&
    (value['sha256'] === undefined || typeof value['sha256'] === 'string') &&
    Object.keys(NO_COUNTS).every((name) => Number.isSafeInteger(counts[name]))
  )
}

/** Where a transfer that failed can go on, by the error that it failed with. */
export function checkpointOf(error: unknown): Checkpoint | undefined {
  if (!isCacheError(error)) return undefined
  const { checkpoint } = error.details as { readonly checkpoint?: unknown }
  if (typeof checkpoint !== 'string') return undefined
  const parsed: unknown = JSON.parse(checkpoint)
  return isCheckpoint(parsed) ? parsed : undefined
}

/** The same failure, with where to go on inside. */
export function failedAt(failure: unknown, checkpoint: Checkpoint): CacheError {
  const error = toCacheError(failure, { operation: checkpoint.operation })
  const { retry, outcome, operation, source, outcomes } = error
  const details = { ...error.details, checkpoint: JSON.stringify(checkpoint) }
  const message = error.message.slice(`${error.code}: `.length)
  return new CacheError(error.code, message, { retry, outcome, operation, source, details, outcomes, cause: failure })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
