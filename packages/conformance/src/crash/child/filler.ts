import { rmSync } from 'node:fs'
import { newCall, type Shell } from '@cachette/core'
import { ALL_KEYS, LANES, singlesOf } from '../keys.js'
import { writeNumber } from '../values.js'
import { type FillJob, tell, troubleOf } from '../wire.js'
import { putOf } from './puts.js'
import { session } from './session.js'
import { survey } from './survey.js'

const SMALL = 2_000
const LARGE = 512 * 1024

/** Once there is room, so many writes may be refused before one is taken: who has to open again may do so at the first. */
const TRIES = 5

/** In a child: writes until there is no room, looks at what is there, makes room, and goes on. */
export function fill(job: FillJob): Promise<void> {
  return session(job, async ({ subject, store, during }) => {
    const step = (what: string): void => {
      during(what)
      tell({ is: 'step', during: what })
    }
    const filler = new Filler(store, job.round)
    during('filling the disk')
    await filler.untilFull()
    step('reading what is there while the disk is full')
    tell(await survey(subject, job.path, store, ALL_KEYS))
    rmSync(job.ballast)
    step('writing once there is room again')
    await filler.untilTaken()
    tell(await survey(subject, job.path, store, ALL_KEYS))
    step('closing')
  })
}

class Filler {
  readonly #store: Shell<Uint8Array>
  readonly #round: number
  #writes = 0

  constructor(store: Shell<Uint8Array>, round: number) {
    this.#store = store
    this.#round = round
  }

  /** Small values first, which must still be there when there is room for no more; then large ones over them. */
  async untilFull(): Promise<void> {
    const keys = LANES.flatMap(singlesOf)
    tell({ is: 'step', during: 'writing small values' })
    for (const key of keys) await this.#put(key, SMALL)
    tell({ is: 'step', during: 'filling the disk' })
    for (const key of keys) {
      const refusal = await this.#put(key, LARGE)
      if (refusal !== undefined) return
    }
  }

  async untilTaken(): Promise<void> {
    const [key = ''] = singlesOf(0)
    let refusal: unknown
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      refusal = await this.#put(key, SMALL)
      if (refusal === undefined) return
    }
    throw refusal
  }

  async #put(key: string, bytes: number): Promise<unknown> {
    this.#writes += 1
    const store = this.#store
    const write = writeNumber(this.#round, this.#writes)
    const length = Math.min(bytes, store.traits.maxValueBytes)
    tell({ is: 'begin', write, keys: [key], what: `put of ${length} bytes`, puts: true })
    try {
      await store.write([putOf(store, key, write, length)], newCall(store.clock.now()))
      tell({ is: 'end', write })
      return undefined
    } catch (error) {
      tell({ is: 'refused', write, ...troubleOf('writing', error) })
      return error
    }
  }
}
