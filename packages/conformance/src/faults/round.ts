import {
  type Bytes,
  type Change,
  type Condition,
  type Found,
  isCacheError,
  SEPARATOR,
  type Version,
  type Versions,
} from '@cachette/core'
import { anyLength, bytesOf, marksOf, sightingOf } from '../crash/values.js'
import type { HistoryAction, HistoryCondition, HistoryOperation } from '../history/operations.js'
import { checkHistory } from '../history.js'
import { oneOf, type Random } from '../random.js'
import type { Trouble } from './trouble.js'

const KEYS = 40
const MOST_BYTES = 5_000

/** Longer than any round, and soon over: what is left of rounds would make scans long. */
const LIFE_MS = 10_000

/** Beyond it the cheap rule has to do: a run has many keys to judge. */
const MAX_STEPS = 1_000

/** A change, and what the history is told of it. */
export interface Put {
  readonly change: Change
  readonly write: number | undefined
  readonly when: HistoryCondition<number> | undefined
}

/** Some keys that are used for a while and then never again, and all that was answered about them. */
export class Round {
  /** They lie in a namespace of their own. */
  readonly prefix: string
  readonly keys: readonly string[]
  /** Calls that have not settled. */
  underWay = 0
  readonly #number: number
  readonly #versions: Versions
  readonly #keeps: Trouble['keeps']
  readonly #histories: ReadonlyMap<string, HistoryOperation<number>[]>
  readonly #seen = new Map<string, { readonly write: number; readonly version: Version }>()
  readonly #wrong: string[] = []
  #stamp = 0
  #writes = 0

  /** `run` is of all rounds of one run, and of no other's. */
  constructor(run: string, number: number, versions: Versions, keeps: Trouble['keeps']) {
    this.#number = number
    this.#versions = versions
    this.#keeps = keeps
    this.prefix = `${run}-${number}${SEPARATOR}`
    this.keys = Array.from({ length: KEYS }, (_, index) => `${this.prefix}${index}`)
    this.#histories = new Map(this.keys.map((key) => [key, []]))
  }

  /** A moment on the scale of the history. */
  stamp(): number {
    this.#stamp += 1
    return this.#stamp
  }

  put(key: string, random: Random): Put {
    this.#writes += 1
    const write = this.#number * 1_000_000 + this.#writes
    const length = anyLength(random, MOST_BYTES) % MOST_BYTES
    const now = Date.now()
    const version = this.#versions.next()
    const value: Bytes = bytesOf(key, write, length)
    const entry = {
      createdAt: now,
      staleAt: now + LIFE_MS,
      expiresAt: now + LIFE_MS,
      keptUntil: now + LIFE_MS,
      version,
      kind: 'value',
      tags: [],
      marks: marksOf(write, length),
      size: length,
      value,
    } as const
    const { when, told } = this.#condition(key, random)
    return { change: { key, entry, version, when }, write, when: told }
  }

  removal(key: string): Put {
    return { change: { key, entry: undefined, version: this.#versions.next() }, write: undefined, when: undefined }
  }

  /** What a read gave for a key; nothing where it gave nothing. */
  saw(key: string, found: Found | undefined, isHeader: boolean): number | undefined {
    if (found === undefined) return undefined
    const { write } = found.marks
    if (isHeader && typeof write === 'number') return this.#noted(key, write, found.version)
    const sighting = sightingOf(key, found)
    if ('write' in sighting) return this.#noted(key, sighting.write, found.version)
    this.#wrong.push(`key ${key}: ${sighting.wrong}`)
    return undefined
  }

  answered(key: string, action: HistoryAction<number>, begin: number): void {
    this.#histories.get(key)?.push({ ...action, key, begin, end: this.stamp() })
  }

  /** A failure that surely changed nothing explains nothing; one that may have landed stays in, as unknown. */
  failed(key: string, action: HistoryAction<number>, begin: number, error: unknown): void {
    if (isCacheError(error) && error.outcome === 'none') return
    this.#histories.get(key)?.push({ ...action, key, begin, end: this.stamp(), unknown: true })
  }

  /** What cannot be explained, when all is over. One key at a time, so that nobody's answer waits for all of them. */
  async findings(): Promise<readonly string[]> {
    const found = [...this.#wrong]
    if (this.#keeps === 'unsure') return found
    for (const history of this.#histories.values()) {
      const verdict = checkHistory(history, { lossy: this.#keeps === 'some', maxSteps: MAX_STEPS })
      if (!verdict.legal) found.push(verdict.text)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return found
  }

  #noted(key: string, write: number, version: Version): number {
    this.#seen.set(key, { write, version })
    return write
  }

  #condition(
    key: string,
    random: Random,
  ): { readonly when?: Condition; readonly told: HistoryCondition<number> | undefined } {
    const kind = oneOf(['none', 'none', 'absent', 'present', 'version'] as const, random)
    if (kind === 'none') return { told: undefined }
    if (kind !== 'version') return { when: kind, told: kind }
    const seen = this.#seen.get(key)
    return seen === undefined ? { told: undefined } : { when: { version: seen.version }, told: { value: seen.write } }
  }
}
