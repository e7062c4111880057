import { CacheError, type Clock, systemClock } from '@cachette/core'

export interface MemoryOptions {
  /**
   * Stores bytes, and copies them on their way in and out, so that nobody can change what is stored. Costs the copying.
   * Without it values of any kind are stored by reference: what you change afterwards is changed in the cache. Default false.
   */
  readonly copies?: boolean | undefined
  /** Says when to reclaim what is kept no longer. Hand over the clock that the cache has. Default `systemClock`. */
  readonly clock?: Clock | undefined
}

export interface Settings {
  readonly copies: boolean
  readonly clock: Clock
}

export const DEFAULTS: Settings = { copies: false, clock: systemClock }

/** Refuses what it does not know, before anything is made of it. */
export function parse(options: MemoryOptions = {}): Settings {
  checkNames(options)
  const { copies = DEFAULTS.copies, clock = DEFAULTS.clock } = options
  if (typeof copies !== 'boolean') throw invalid(`copies: expected a boolean, got ${shown(copies)}`)
  if (!isClock(clock)) throw invalid(`clock: expected a clock { now, setTimer }, got ${shown(clock)}`)
  return { copies, clock }
}

function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw invalid(`expected an object, got ${shown(options)}`)
  const known = Object.keys(DEFAULTS)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = known.find((other) => distance(name.toLowerCase(), other) <= MAX_TYPOS)
    const hint = near === undefined ? `expected ${known.join(', ')}` : `did you mean ${near}?`
    throw invalid(`unknown option ${JSON.stringify(name)}: ${hint}`)
  }
}

function isClock(clock: unknown): clock is Clock {
  if (typeof clock !== 'object' || clock === null || !('now' in clock) || !('setTimer' in clock)) return false
  return typeof clock.now === 'function' && typeof clock.setTimer === 'function'
}

function invalid(message: string): CacheError {
  return new CacheError('INVALID_OPTION', `memory: ${message}`)
}

/** What kind of thing it is; a value may be large or secret. */
function shown(value: unknown): string {
  return value === null ? 'null' : typeof value
}

const MAX_TYPOS = 2

/** How many letters must be added, dropped or changed to get from one to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i += 1) {
    const above = row
    row = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      const changed = (above[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      row.push(Math.min(changed, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
  }
  return row[b.length] ?? 0
}
