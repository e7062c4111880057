import { Buffer } from 'node:buffer'
import type { Call, Change, Condition, Entry, Version } from '@cachette/core'
import type { RecordedChange, RecordedEntry, RecordedTime, RecordedVersion } from './calls.js'

/** What a call wants and is shown, where that is not the ordinary. */
export function plainTerms({ want, show }: Call): { readonly want?: 'header'; readonly show?: 'kept' | 'all' } {
  return {
    ...(want === 'header' && { want }),
    ...(show !== undefined && show !== 'live' && { show }),
  }
}

export function plainChange({ key, version, entry, when }: Change<unknown>, withValue: boolean): RecordedChange {
  return {
    key,
    version: plainVersion(version),
    ...(entry !== undefined && { entry: plainEntry(entry, withValue) }),
    ...(when !== undefined && { when: typeof when === 'string' ? when : plainVersion(when.version) }),
  }
}

export function plainVersion({ time, count, writer }: Version): RecordedVersion {
  return [time, count, writer]
}

function plainEntry(entry: Entry<unknown>, withValue: boolean): RecordedEntry {
  const { createdAt, staleAt, expiresAt, keptUntil, kind, tags, marks, size, value } = entry
  const recorded = value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : { value }
  return {
    createdAt: plainTime(createdAt),
    staleAt: plainTime(staleAt),
    expiresAt: plainTime(expiresAt),
    keptUntil: plainTime(keptUntil),
    kind,
    tags: tags.map((tag) => ({ ...tag })),
    marks: { ...marks },
    size,
    ...(withValue && recorded),
  }
}

function plainTime(time: number): RecordedTime {
  return time === Infinity ? null : time
}

/** The change as it was; a value that was not recorded is made up, as long as the one there was. */
export function changeOf<V>({ key, version, entry, when }: RecordedChange, holdsBytes: boolean): Change<V> {
  const condition: Condition | undefined = typeof when === 'object' ? { version: versionOf(when) } : when
  return {
    key,
    version: versionOf(version),
    entry: entry === undefined ? undefined : entryOf(entry, versionOf(version), holdsBytes),
    when: condition,
  }
}

function entryOf<V>(entry: RecordedEntry, version: Version, holdsBytes: boolean): Entry<V> {
  const { bytes, value, createdAt, staleAt, expiresAt, keptUntil, ...rest } = entry
  const known: unknown = bytes === undefined ? value : new Uint8Array(Buffer.from(bytes, 'base64'))
  const madeUp: unknown = holdsBytes ? new Uint8Array(entry.size) : null
  return {
    ...rest,
    version,
    createdAt: timeOf(createdAt),
    staleAt: timeOf(staleAt),
    expiresAt: timeOf(expiresAt),
    keptUntil: timeOf(keptUntil),
    // Whoever replays a recording says by the store he hands over what its values are.
    value: (known ?? madeUp) as V,
  }
}

function timeOf(time: RecordedTime): number {
  return time ?? Infinity
}

function versionOf([time, count, writer]: RecordedVersion): Version {
  return { time, count, writer }
}
