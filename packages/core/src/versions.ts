import type { Clock } from './clock.js'
import type { Version } from './contract.js'

const MAX_COUNT = 0xffff
const WRITER_BITS = 48

/** A reading this far ahead of the own clock is a broken clock or a forged entry, and is not followed. */
const MAX_DRIFT_MS = 24 * 60 * 60 * 1000

/** A hybrid logical clock: every version is later than those before it, and than every version it has been shown. */
export interface Versions {
  readonly writer: number
  next(): Version
  /** Makes every later version come after this one. */
  observe(version: Version): void
}

export function versions(clock: Clock, writer: number = randomWriter()): Versions {
  let time = 0
  let count = 0
  return {
    writer,
    next() {
      const now = Math.floor(clock.now())
      if (now > time) {
        time = now
        count = 0
      } else if (count < MAX_COUNT) {
        count += 1
      } else {
        time += 1
        count = 0
      }
      return { time, count, writer }
    },
    observe(version) {
      if (version.time < time || (version.time === time && version.count <= count)) return
      if (version.time > clock.now() + MAX_DRIFT_MS) return
      time = version.time
      count = version.count
    },
  }
}

/** Negative where `a` is older, 0 where they are the same write, positive where it is newer. */
export function compareVersions(a: Version, b: Version): number {
  return a.time - b.time || a.count - b.count || a.writer - b.writer
}

function randomWriter(): number {
  return Math.floor(Math.random() * 2 ** WRITER_BITS)
}
