import { code } from '../format.js'
import type { Sighting } from './values.js'
import { nameOf } from './values.js'
import type { Begin } from './wire.js'

/** What a key may hold: what this write left there. Before the first, nothing. */
interface State {
  readonly by: Begin | undefined
  readonly acknowledged: boolean
}

const UNWRITTEN: State = { by: undefined, acknowledged: true }

const TOLD_WRITES = 8

/**
 * What every key may hold after a kill: what its last acknowledged write left, or what a later one under way would.
 * Writes of one key take effect in the order they are made, so each key has one list of them.
 */
export class Ledger {
  readonly #states = new Map<string, readonly State[]>()
  readonly #underWay = new Map<number, Begin>()
  readonly #ever = new Map<number, Begin>()
  readonly #history = new Map<string, readonly string[]>()
  #acknowledged = 0

  /** How many writes were. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  begin(begin: Begin): void {
    this.#underWay.set(begin.write, begin)
    this.#ever.set(begin.write, begin)
    for (const key of begin.keys) this.#states.set(key, [...this.#of(key), { by: begin, acknowledged: false }])
  }

  /** Nothing older can be there any more. */
  acknowledge(write: number): void {
    const begin = this.#underWay.get(write)
    if (begin === undefined) return
    this.#underWay.delete(write)
    this.#acknowledged += 1
    for (const key of begin.keys) {
      const states = this.#of(key)
      const at = states.findIndex(({ by }) => by === begin)
      if (at >= 0) this.#states.set(key, [{ by: begin, acknowledged: true }, ...states.slice(at + 1)])
      this.#note(key, `${nameOf(write)} ${begin.what}, acknowledged`)
    }
  }

  /** Refused: it has not happened, unless nobody can tell. */
  refuse(write: number, outcome: 'none' | 'unknown'): void {
    const begin = this.#underWay.get(write)
    if (begin === undefined) return
    this.#underWay.delete(write)
    for (const key of begin.keys) {
      if (outcome === 'none')
        this.#states.set(
          key,
          this.#of(key).filter(({ by }) => by !== begin),
        )
      this.#note(key, `${nameOf(write)} ${begin.what}, refused`)
    }
  }

  /** The process is gone: what was under way will never be acknowledged. */
  killed(): void {
    for (const begin of this.#underWay.values()) {
      for (const key of begin.keys) this.#note(key, `${nameOf(begin.write)} ${begin.what}, under way at the kill`)
    }
    this.#underWay.clear()
  }

  /** Whether the key has ever held it, or could have. */
  everWrote(key: string, write: number): boolean {
    return this.#ever.get(write)?.keys.includes(key) ?? false
  }

  explains(key: string, sighting: Sighting | undefined): boolean {
    return this.#match(key, sighting) !== undefined
  }

  /** From now on it must hold what it showed. */
  settle(key: string, sighting: Sighting | undefined): void {
    this.#states.set(key, [{ by: this.#match(key, sighting)?.by, acknowledged: true }])
  }

  /** In words: all that a key may hold. */
  allowed(key: string): string {
    const states = this.#of(key).map(({ by, acknowledged }) => {
      if (by === undefined) return 'nothing'
      const what = by.puts ? `write ${nameOf(by.write)}` : `nothing, by ${by.what} ${nameOf(by.write)}`
      return `${what} (${acknowledged ? 'acknowledged' : 'under way'})`
    })
    return states.join(' or ')
  }

  /** In lines: the last that was done to a key. */
  story(key: string): readonly string[] {
    return [`key ${code(key)}`, ...(this.#history.get(key) ?? []).map((line) => `  ${line}`)]
  }

  /** The latest that explains what was seen. */
  #match(key: string, sighting: Sighting | undefined): State | undefined {
    return this.#of(key).findLast(({ by }) => {
      if (sighting === undefined) return by === undefined || !by.puts
      return by?.puts === true && 'write' in sighting && by.write === sighting.write
    })
  }

  #of(key: string): readonly State[] {
    return this.#states.get(key) ?? [UNWRITTEN]
  }

  #note(key: string, line: string): void {
    this.#history.set(key, [...(this.#history.get(key) ?? []), line].slice(-TOLD_WRITES))
  }
}
