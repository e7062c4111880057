import { unlink } from 'node:fs/promises'
import { type Bytes, type Change, type Condition, decide, type Found, holds, visible } from '@cachette/core'
import { type Claims, claimOf } from './claims.js'
import { MISSING, unless } from './errors.js'
import type { Frames } from './frames.js'
import { File } from './io.js'
import { type Layout, nameOf } from './layout.js'
import { throwAway } from './leftovers.js'

/** A longer frame, or one that has to be on the device, is written before others need to mind it. */
const STAGED_BYTES = 64 * 1024

export interface ChangesOptions {
  readonly layout: Layout
  readonly frames: Frames
  readonly claims: Claims
  readonly fsync: boolean
}

/** Puts and removals of single entries, as all processes see them. Calls for one key come one after the other. */
export class Changes {
  readonly #layout: Layout
  readonly #frames: Frames
  readonly #claims: Claims
  readonly #fsync: boolean

  constructor({ layout, frames, claims, fsync }: ChangesOptions) {
    this.#layout = layout
    this.#frames = frames
    this.#claims = claims
    this.#fsync = fsync
  }

  async put(key: string, when: Condition | undefined, frame: Bytes, now: number): Promise<boolean> {
    // What does not hold now needs no file.
    if (when !== undefined && !(await this.#holds(key, when, now))) return false
    if (frame.length <= STAGED_BYTES && !this.#fsync) {
      const judge = this.#judge(key, when, now)
      return this.#claims.put(nameOf(key), { judge, make: (claim) => writeNew(claim, frame, false) })
    }
    const make = (staged: string): Promise<void> => writeNew(staged, frame, this.#fsync)
    return this.staged(make, (staged) => this.putStaged(key, when, staged, now))
  }

  /** Whether what is staged has become the entry, as a whole. */
  putStaged(key: string, when: Condition | undefined, staged: string, now: number): Promise<boolean> {
    return this.#claims.put(nameOf(key), { judge: this.#judge(key, when, now), make: claimOf(staged) })
  }

  /** Makes a file that nobody minds, for something to be done with. Whatever becomes of it, it is gone then. */
  async staged<T>(make: (staged: string) => Promise<void>, use: (staged: string) => Promise<T>): Promise<T> {
    const staged = this.#claims.stage()
    try {
      await make(staged)
      return await use(staged)
    } finally {
      await unless(MISSING, unlink(staged))
    }
  }

  async remove(change: Change, now: number): Promise<boolean> {
    const { key, when } = change
    const name = nameOf(key)
    if (when === undefined)
      return (await this.#claims.cut(name, { look: (taken) => this.#wasVisible(taken, key, now) })) ?? false
    let answer = false
    const judge = async (): Promise<boolean> => {
      const verdict = decide(change, await this.#stored(key, when), now)
      answer = verdict.answer
      return verdict.apply
    }
    if (!(await judge())) return answer
    await this.#claims.cut(name, { judge, look: (taken) => unlink(taken) })
    return answer
  }

  /** Whatever it is. */
  async drop(name: string): Promise<void> {
    await this.#claims.cut(name, { look: (taken) => unlink(taken) })
  }

  /** All entries at once. What they take is given back later. */
  async dropAll(): Promise<void> {
    await this.#claims.cut('', { look: (taken) => throwAway(taken, this.#layout) })
  }

  #judge(key: string, when: Condition | undefined, now: number): (() => Promise<boolean>) | undefined {
    return when === undefined ? undefined : () => this.#holds(key, when, now)
  }

  async #holds(key: string, when: Condition, now: number): Promise<boolean> {
    return holds(when, await this.#stored(key, when), now)
  }

  async #stored(key: string, when: Condition): Promise<Found | undefined> {
    const path = this.#layout.entry(nameOf(key))
    const found = await this.#frames.read(path, key, namesDamage(when) ? 'checked' : 'judged')
    if (found === undefined) await this.#layout.check()
    return found
  }

  async #wasVisible(taken: string, key: string, now: number): Promise<boolean> {
    const found = await this.#frames.read(taken, key, 'judged')
    await unlink(taken)
    return found !== undefined && visible(found, now)
  }
}

/** Versions of damage are of no time, and are made of all bytes. */
function namesDamage(when: Condition): boolean {
  return typeof when === 'object' && when.version.time === 0
}

function writeNew(path: string, frame: Bytes, fsync: boolean): Promise<void> {
  return File.use(path, 'wx', async (file) => {
    await file.write(frame, 0)
    if (fsync) await file.flush()
  })
}
