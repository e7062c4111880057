import { newCall, type Shell, shell } from '@cachette/core'
import { ALL_KEYS, LANES, singlesOf } from '../keys.js'
import { importSubject } from '../subject.js'
import { type Sighting, sightingOf, writeNumber } from '../values.js'
import { type Examination, type ExamineJob, type Trouble, tell, troubleOf } from '../wire.js'
import { putOf, removalOf } from './puts.js'

/** Long enough for any store, and short enough to be seen in a test that one does not keep to it. */
const DEADLINE_MS = 5_000

const LENGTHS = [0, 100, 5_000]

/** In a child: tries all that can be done with a store that may be damaged, and tells what came of it. */
export async function examine(job: ExamineJob): Promise<void> {
  try {
    const subject = await importSubject(job)
    tell({ is: 'opening', subject: { name: subject.name, deviations: subject.deviations ?? [] } })
    if (job.user !== undefined) become(job.user)
    const examiner = new Examiner(job)
    const raw = await examiner.tried('opening', async () => subject.open(job.path))
    if (raw !== undefined) await examiner.examine(shell(raw))
    tell({ is: 'examined', ...examiner.examination })
    tell({ is: 'done' })
  } catch (error) {
    tell({ is: 'trouble', ...troubleOf('loading', error) })
  }
}

/** Of one who may do everything nothing can be kept. */
function become(user: number): void {
  process.setgroups?.([])
  process.setgid?.(user)
  process.setuid?.(user)
}

class Examiner {
  readonly #job: ExamineJob
  readonly #refusals: Trouble[] = []
  readonly #taken: string[] = []
  readonly #wrong: string[] = []
  #found: readonly Sighting[] = []
  #scanned: readonly Sighting[] = []

  constructor(job: ExamineJob) {
    this.#job = job
  }

  get examination(): Examination {
    return {
      found: this.#found,
      scanned: this.#scanned,
      refusals: this.#refusals,
      taken: this.#taken,
      wrong: this.#wrong,
    }
  }

  async examine(store: Shell<Uint8Array>): Promise<void> {
    tell({ is: 'open', traits: store.traits })
    await this.tried('reading all at once', async () => store.read(ALL_KEYS, this.#call(store)))
    for (const key of ALL_KEYS) await this.#read(store, key)
    if (store.traits.scan !== 'none') await this.tried('scanning', () => this.#scan(store))
    for (const [index, key] of LANES.flatMap(singlesOf).entries()) await this.#write(store, key, index)
    await this.tried('clearing', async () => store.clear('single', this.#call(store)))
    await this.tried('closing', async () => store.close())
  }

  /** What a step gives; nothing where it was refused. */
  async tried<T>(during: string, step: () => Promise<T>): Promise<T | undefined> {
    tell({ is: 'step', during })
    try {
      return await step()
    } catch (error) {
      this.#refusals.push(troubleOf(during, error))
      return undefined
    }
  }

  async #read(store: Shell<Uint8Array>, key: string): Promise<void> {
    const found = await this.tried(`reading ${key}`, async () => store.read([key], this.#call(store)))
    const entry = found?.[0]
    if (entry !== undefined) this.#found = [...this.#found, sightingOf(key, entry)]
  }

  async #scan(store: Shell<Uint8Array>): Promise<void> {
    for await (const page of store.scan('', this.#call(store))) {
      this.#scanned = [...this.#scanned, ...page.map(([key, entry]) => sightingOf(key, entry))]
    }
  }

  /** What is acknowledged now is there, also in a store that has lost something. */
  async #write(store: Shell<Uint8Array>, key: string, index: number): Promise<void> {
    const write = writeNumber(this.#job.round, index)
    const length = Math.min(LENGTHS[index % LENGTHS.length] ?? 0, store.traits.maxValueBytes)
    const change = index % 5 === 4 ? removalOf(store, key) : putOf(store, key, write, length)
    const done = await this.tried(`writing ${key}`, async () => store.write([change], this.#call(store)))
    if (done === undefined) return
    this.#taken.push(key)
    const read = await this.tried(`reading ${key} again`, async () => store.read([key], this.#call(store)))
    if (read === undefined) return
    const entry = read[0]
    const seen = entry === undefined ? undefined : sightingOf(key, entry)
    const isRight =
      change.entry === undefined ? seen === undefined : seen !== undefined && 'write' in seen && seen.write === write
    if (!isRight && store.traits.evicts === 'no') this.#wrong.push(key)
  }

  #call(store: Shell<Uint8Array>): ReturnType<typeof newCall> {
    const now = store.clock.now()
    return newCall(now, { deadline: now + DEADLINE_MS })
  }
}
