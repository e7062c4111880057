/**
 * One budget of memory for many caches. It watches the heap, the whole process and the limits of its container; when memory
 * gets tight, the caches let go of entries, and the less those are worth the more of them; when there is room again, they
 * grow back.
 *
 * Place: none. It is no layer, but holds the handles of `eviction` layers, through which it works.
 * Cost: a look at the process's memory each second, and for each 256 entries that are added.
 * Failure: readings that fail change nothing and are told on the console; so are listeners that throw.
 */

import { checkOptions, type Rule, type Timer } from '@cachette/core'
import { tellAll } from '@cachette/core/adapter'
import type { Eviction } from './eviction.js'
import { divide } from './memory-budget/division.js'
import { Governor, type PressureLevel } from './memory-budget/governor.js'
import { type MemoryBudgetOptions, type MemoryBudgetSettings, parse } from './memory-budget/options.js'
import { type MemoryReading, type Pressure, pressureOf, processReadings } from './memory-budget/readings.js'
import { checkListener } from './settings.js'

export type { PressureLevel } from './memory-budget/governor.js'
export { MEMORY_BUDGET_DEFAULTS, type MemoryBudgetOptions, type MemoryBudgetSettings } from './memory-budget/options.js'
export type { MemoryReading } from './memory-budget/readings.js'

/** What the budget asks of a cache; an `eviction` layer is one. */
export type Squeezable = Pick<Eviction, 'entries' | 'uses' | 'squeeze' | 'onAdded'>

/** Something changed: the level, or how many entries there may be. */
export interface BudgetChange {
  readonly type: 'level' | 'shrink' | 'grow'
  readonly level: PressureLevel
  /** The share of the limit that is used, and of which limit. */
  readonly pressure: number
  readonly of: 'heap' | 'rss'
  /** Of all caches together, now. */
  readonly entries: number
}

export interface MemoryBudget {
  readonly level: PressureLevel
  /**
   * Takes a cache in; gives the way to take it out, which lifts its limit. `worth` is what a use of one of its entries
   * counts beside those of the other caches. Default 1.
   */
  add(cache: Squeezable, options?: { readonly worth?: number | undefined }): () => void
  /** Looks at memory now. It does so by itself too. */
  check(): void
  /** Listens to changes; gives the way to stop. */
  onChange(listener: (change: BudgetChange) => void): () => void
  /** Stops watching, and lifts the limits of all caches. */
  close(): void
}

export function memoryBudget(options: MemoryBudgetOptions = {}): MemoryBudget {
  const settings = parse(options)
  const { maxHeapBytes, maxRssBytes } = settings
  return new Budget(settings, options.readings ?? processReadings(maxHeapBytes, maxRssBytes))
}

const WORTH: Rule = {
  expected: 'a positive number',
  accepts: (value) => typeof value === 'number' && value > 0 && value < Infinity,
}

const SQUEEZABLE: Rule = {
  expected: 'what eviction() gave',
  accepts: (value) => typeof value === 'object' && value !== null && 'squeeze' in value && 'onAdded' in value,
}

/** How fast what a cache was used for is forgotten, each time that memory is looked at. */
const FADES = 0.7

/** What a cache that has been squeezed may have more of, each time that there is room. */
const GROWTH = 1.1

interface Member {
  readonly cache: Squeezable
  readonly worth: number
  readonly stop: () => void
  /** Uses lately, for each entry. */
  recent: number
  seen: number
  /** How many entries it may have at most; `Infinity` where it is not squeezed. */
  limit: number
  /** How many it had before it was squeezed. */
  full: number
}

class Budget implements MemoryBudget {
  readonly #settings: MemoryBudgetSettings
  readonly #read: () => MemoryReading
  readonly #governor: Governor
  readonly #members = new Set<Member>()
  readonly #listeners = new Set<(change: BudgetChange) => void>()
  #timer: Timer | undefined
  #isChecking = false

  constructor(settings: MemoryBudgetSettings, read: () => MemoryReading) {
    this.#settings = settings
    this.#read = read
    this.#governor = new Governor(settings)
  }

  get level(): PressureLevel {
    return this.#governor.level
  }

  add(cache: Squeezable, options: { readonly worth?: number | undefined } = {}): () => void {
    const { worth = 1 } = checkOptions('memoryBudget, add', options, { worth: WORTH })
    checkOptions('memoryBudget, add', { cache }, { cache: SQUEEZABLE }, ['cache'])
    const stop = cache.onAdded(() => this.check())
    const member: Member = { cache, worth, stop, recent: 0, seen: cache.uses, limit: Infinity, full: 0 }
    this.#members.add(member)
    if (this.#timer === undefined) this.#arm()
    return () => this.#remove(member)
  }

  check(): void {
    // Letting go of entries may bring on a look of its own.
    if (this.#isChecking) return
    this.#isChecking = true
    try {
      this.#judge(pressureOf(this.#read()))
    } finally {
      this.#isChecking = false
    }
  }

  onChange(listener: (change: BudgetChange) => void): () => void {
    checkListener('memoryBudget, onChange', listener)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  close(): void {
    for (const member of this.#members) this.#remove(member)
  }

  #arm(): void {
    const { clock, checkMs } = this.#settings
    const run = (): void => {
      this.#arm()
      tellAll([() => this.check()], undefined)
    }
    this.#timer = clock.setTimer(checkMs, run, { background: true })
  }

  #remove(member: Member): void {
    if (!this.#members.delete(member)) return
    member.stop()
    member.cache.squeeze(Infinity)
    if (this.#members.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #judge(pressure: Pressure): void {
    const before = this.#governor.level
    const action = this.#governor.judge(pressure.share, this.#settings.clock.now())
    if (this.#governor.level !== before) this.#tell('level', pressure)
    if (action === undefined) return
    this.#appraise()
    const hasChanged = action.type === 'shrink' ? this.#shrink(action.share) : this.#grow()
    if (hasChanged) this.#tell(action.type, pressure)
  }

  #appraise(): void {
    for (const member of this.#members) {
      const { cache, seen, worth } = member
      const used = ((cache.uses - seen) * worth) / Math.max(cache.entries, 1)
      member.recent = member.recent * FADES + used * (1 - FADES)
      member.seen = cache.uses
    }
  }

  #shrink(share: number): boolean {
    const members = [...this.#members]
    const entries = members.map(({ cache }) => cache.entries)
    const toGo = entries.reduce((sum, count) => sum + count, 0) * share
    const keeps = divide(
      members.map(({ recent }, index) => ({ entries: entries[index] ?? 0, worth: recent })),
      toGo,
    )
    for (const [index, member] of members.entries()) {
      if (member.limit === Infinity) member.full = entries[index] ?? 0
      member.limit = Math.max(1, keeps[index] ?? 0)
      member.cache.squeeze(member.limit)
    }
    return toGo > 0
  }

  #grow(): boolean {
    const squeezed = [...this.#members].filter(({ limit }) => limit < Infinity)
    for (const member of squeezed) {
      const limit = Math.ceil(member.limit * GROWTH)
      member.limit = limit >= member.full ? Infinity : limit
      member.cache.squeeze(member.limit)
    }
    return squeezed.length > 0
  }

  #tell(type: BudgetChange['type'], { share, of }: Pressure): void {
    if (this.#listeners.size === 0) return
    const entries = [...this.#members].reduce((sum, { cache }) => sum + cache.entries, 0)
    tellAll(this.#listeners, { type, level: this.#governor.level, pressure: share, of, entries })
  }
}
