import { crc32 } from 'node:zlib'
import { type Change, type Entry, type Found, frame, type Version } from '@cachette/core'
import { type Encoding, promised } from '@cachette/core/adapter'
import { Segments } from './segments.js'

/** A change that the journal gives back. */
export interface Remembered<S> {
  readonly key: string
  readonly entry: Entry<S> | undefined
  readonly version: Version
  readonly place: number
  /** False where its value was written with another encode list. */
  readonly isReadable: boolean
}

const NO_BYTES = new Uint8Array(0)

/** How much of the journal may be of changes that are done, before what is left is written anew. */
const MAX_WASTE = 4

/** Changes on disk, each until the system of record has it. */
export class Journal<S> {
  readonly #segments: Segments
  readonly #encoding: Encoding<S>
  readonly #format = frame({ crc32, keys: true })
  /** The bytes of what is not done, by place. */
  readonly #live = new Map<number, Uint8Array>()
  #liveBytes = 0
  #place = 0

  constructor(path: string, segmentBytes: number, encoding: Encoding<S>) {
    this.#segments = new Segments(path, segmentBytes)
    this.#encoding = encoding
  }

  /** What is not done, in the order in which it came. */
  async open(): Promise<{ readonly changes: readonly Remembered<S>[]; readonly tornBytes: number }> {
    const { lines, tornBytes } = await this.#segments.open()
    for (const { kind, place, bytes } of lines) {
      this.#place = Math.max(this.#place, place)
      if (kind === 'done') this.#forget(place)
      else this.#remember(place, bytes)
    }
    const left: Remembered<S>[] = []
    for (const [place, bytes] of this.#live) {
      const key = this.#format.readKey(bytes)
      const found = key === undefined ? undefined : this.#format.read(bytes, key)
      if (key === undefined || found === undefined) continue
      const isRemoval = found.kind === 'tombstone'
      const entry = isRemoval || found.kind === 'damaged' ? undefined : await this.#decoded(found, key)
      left.push({ key, entry, version: found.version, place, isReadable: isRemoval || entry !== undefined })
    }
    return { changes: left, tornBytes }
  }

  /** Settles once they are on the disk; gives the place of each. */
  async append(changes: readonly Change<S>[]): Promise<readonly number[]> {
    const frames: Uint8Array[] = []
    for (const { key, entry, version } of changes) {
      const bytes = entry === undefined ? removal(version) : await this.#encoding.encode(entry, key)
      frames.push(this.#format.write(bytes, key).slice())
    }
    const places = frames.map((bytes) => {
      this.#place += 1
      this.#remember(this.#place, bytes)
      this.#segments.add({ kind: 'change', place: this.#place, bytes })
      return this.#place
    })
    try {
      await this.#segments.synced()
    } catch (error) {
      // Whoever wrote them hears that they were not: they must not come again with the next rewrite.
      for (const place of places) this.#forget(place)
      throw error
    }
    return places
  }

  /** They need not be known any more. That may be forgotten: then they come again. */
  done(places: readonly number[]): void {
    for (const place of places) {
      if (!this.#live.has(place)) continue
      this.#forget(place)
      this.#segments.add({ kind: 'done', place, bytes: NO_BYTES })
    }
    if (this.#segments.bytes > this.#segments.segmentBytes + this.#liveBytes * MAX_WASTE) {
      this.#segments.rewrite(() => [...this.#live].map(([place, bytes]) => ({ kind: 'change', place, bytes })))
    }
  }

  close(): Promise<void> {
    return this.#segments.close()
  }

  async #decoded(found: Found, key: string): Promise<Entry<S> | undefined> {
    const decoded = await promised(() => this.#encoding.decode(found, key)).catch(() => undefined)
    return decoded?.value === undefined ? undefined : { ...decoded, value: decoded.value }
  }

  #remember(place: number, bytes: Uint8Array): void {
    this.#live.set(place, bytes)
    this.#liveBytes += bytes.length
  }

  #forget(place: number): void {
    this.#liveBytes -= this.#live.get(place)?.length ?? 0
    this.#live.delete(place)
  }
}

function removal(version: Version): Entry {
  const ever = Number.POSITIVE_INFINITY
  return {
    createdAt: version.time,
    staleAt: ever,
    expiresAt: ever,
    keptUntil: ever,
    version,
    kind: 'tombstone',
    tags: [],
    marks: {},
    size: 0,
    value: NO_BYTES,
  }
}
