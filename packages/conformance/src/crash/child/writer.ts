import { type Change, newCall, type Shell } from '@cachette/core'
import { oneOf, type Random, seededRandom } from '../../random.js'
import { ALL_KEYS, groupsOf, LANES, singlesOf, singlesPrefix } from '../keys.js'
import { anyLength, writeNumber } from '../values.js'
import { type Message, tell, type WriteJob } from '../wire.js'
import { putOf, removalOf } from './puts.js'
import { session } from './session.js'
import { survey } from './survey.js'

/** Most of the writes that one lane has under way at once. */
const BURST = 4

/** In a child: opens the store, tells what it holds, then writes until it is killed or has written enough. */
export function write(job: WriteJob): Promise<void> {
  return session(job, async ({ subject, store, during }) => {
    during('reading')
    tell(await survey(subject, job.path, store, ALL_KEYS))
    during('writing')
    const writer = new Writer(store, job)
    await Promise.all(LANES.map((lane) => writer.run(lane)))
  })
}

interface Step {
  readonly keys: readonly string[]
  readonly what: string
  readonly puts: boolean
  run(write: number): Promise<unknown>
}

class Writer {
  readonly #store: Shell<Uint8Array>
  readonly #job: WriteJob
  readonly #random: Random
  #writes = 0

  constructor(store: Shell<Uint8Array>, job: WriteJob) {
    this.#store = store
    this.#job = job
    this.#random = seededRandom(job.seed)
  }

  /** One lane: bursts of writes that are all made before any of them is awaited. */
  async run(lane: number): Promise<void> {
    while (this.#job.writes === null || this.#writes < this.#job.writes) {
      const burst = Array.from({ length: 1 + this.#random.below(BURST) }, () => this.#begin(this.#step(lane)))
      await Promise.all(burst)
      // Other lanes have their turn where every answer is ready at once.
      await new Promise(setImmediate)
    }
  }

  async #begin(step: Step): Promise<void> {
    this.#writes += 1
    const write = writeNumber(this.#job.round, this.#writes)
    const { keys, what, puts } = step
    tell({ is: 'begin', write, keys, what, puts } satisfies Message)
    await step.run(write)
    tell({ is: 'end', write })
  }

  #step(lane: number): Step {
    const random = this.#random
    const kind = random.below(100)
    if (kind < 58) return this.#puts([oneOf(singlesOf(lane), random)])
    if (kind < 72) return this.#removes([oneOf(singlesOf(lane), random)])
    if (kind < 90) return this.#puts(oneOf(groupsOf(lane), random))
    if (kind < 98) return this.#removes(oneOf(groupsOf(lane), random))
    return this.#clears(lane)
  }

  #puts(keys: readonly string[]): Step {
    const lengths = keys.map(() => anyLength(this.#random, this.#store.traits.maxValueBytes))
    return {
      keys,
      what: `put of ${lengths.join(', ')} bytes`,
      puts: true,
      run: (write) => this.#apply(keys.map((key, index) => putOf(this.#store, key, write, lengths[index] ?? 0))),
    }
  }

  #removes(keys: readonly string[]): Step {
    return {
      keys,
      what: 'removal',
      puts: false,
      run: () => this.#apply(keys.map((key) => removalOf(this.#store, key))),
    }
  }

  /** Of the single keys of the lane: a clear need not be one step. */
  #clears(lane: number): Step {
    const keys = singlesOf(lane)
    const store = this.#store
    if (store.traits.scan === 'none') return this.#removes(keys)
    const run = async (): Promise<void> => store.clear(singlesPrefix(lane), newCall(store.clock.now()))
    return { keys, what: 'clear', puts: false, run }
  }

  async #apply(changes: readonly Change[]): Promise<unknown> {
    return this.#store.write(changes, newCall(this.#store.clock.now()))
  }
}
