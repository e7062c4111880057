import type { Bytes, Call, Change, Entry, ManualClock, Version } from '@cachette/core'
import { manualClock, newCall, versions } from '@cachette/core'

export const text = (bytes: Bytes | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes)

/** Changes and calls at the time of a clock that stands still. */
export class Writer {
  readonly clock: ManualClock = manualClock(2_000_000_000_000)
  readonly #versions = versions(this.clock)

  call(): Call {
    return newCall(this.clock.now())
  }

  put(key: string, value: string, ttlMs = Infinity): Change {
    const bytes = new TextEncoder().encode(value)
    const version = this.#version()
    const createdAt = this.clock.now()
    const end = createdAt + ttlMs
    const times = { createdAt, staleAt: end, expiresAt: end, keptUntil: end }
    const entry: Entry = { ...times, version, kind: 'value', tags: [], marks: {}, size: bytes.length, value: bytes }
    return { key, entry, version }
  }

  remove(key: string): Change {
    return { key, entry: undefined, version: this.#version() }
  }

  #version(): Version {
    return this.#versions.next()
  }
}
