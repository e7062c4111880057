import { parentPort, Worker } from 'node:worker_threads'
import { type Change, type Found, newCall, type Shell, shell } from '@cachette/core'
import type { HistoryCondition } from '../../history/operations.js'
import { type HistoryRecorder, recordHistory } from '../../history/recorder.js'
import { oneOf, type Random, seededRandom } from '../../random.js'
import { counterOf, keysOf, ROUND_MS, sharedNow } from '../rounds.js'
import { importSubject } from '../subject.js'
import { CHILD_COMMAND, type Message, type ShareJob, type Trouble, tell, troubleOf } from '../wire.js'
import { entryOf, removalOf } from './puts.js'
import { sharedText, sharedTextOf } from './shared-values.js'

const DEADLINE_MS = 5_000

/** More would make histories that take longer to search than to live. */
const STEPS_OF_A_ROUND = 100

/** Fewer prove little: where the machine has much to do, it takes longer. */
const LEAST_STEPS = 100

/** In a child: clients that read and write what others do too, and note every answer. In threads, where it is told to. */
export async function share(job: ShareJob): Promise<void> {
  if (job.threads > 0) return inThreads(job)
  let during = 'loading'
  try {
    const subject = await importSubject(job)
    during = 'opening'
    const store = shell(await subject.open(job.path))
    during = 'sharing'
    tell({ is: 'open', traits: store.traits })
    const history = recordHistory<string>(sharedNow)
    const client = new Client(store, job, history, await beginning())
    if (job.last) await client.readAll()
    else await client.run()
    tell({ is: 'history', operations: history.operations, failures: client.failures })
    during = 'closing'
    await store.close()
    tell({ is: 'done' })
  } catch (error) {
    tell({ is: 'trouble', ...troubleOf(during, error) })
  }
}

/** Each opens the store itself; what they tell goes through this one's pipe. */
async function inThreads(job: ShareJob): Promise<void> {
  const program = process.argv[1] ?? ''
  const threads = Array.from({ length: job.threads }, (_, index) => {
    const own: ShareJob = { ...job, threads: 0, client: job.client + index }
    return new Worker(program, { argv: [CHILD_COMMAND, JSON.stringify(own)] })
  })
  const ends = threads.map((thread) => {
    return new Promise<boolean>((resolve, reject) => {
      let done = false
      thread.on('message', (message: Message) => {
        if (message.is === 'done') done = true
        else tell(message)
      })
      thread.once('error', reject)
      thread.once('exit', () => resolve(done))
    })
  })
  const startAt = await beginning()
  for (const thread of threads) thread.postMessage(startAt)
  try {
    if ((await Promise.all(ends)).every(Boolean)) tell({ is: 'done' })
  } catch (error) {
    tell({ is: 'trouble', ...troubleOf('sharing', error) })
  }
}

/** When all begin, as `sharedNow` tells it: said once all have opened. */
function beginning(): Promise<number> {
  return new Promise((resolve) => {
    if (parentPort !== null) {
      parentPort.once('message', (startAt: number) => resolve(startAt))
      return
    }
    process.stdin.once('data', (line) => {
      // It would keep the process from ending.
      process.stdin.destroy()
      resolve(Number(line.toString()))
    })
  })
}

type Held = { readonly text: string; readonly found: Found } | undefined

class Client {
  readonly #store: Shell<Uint8Array>
  readonly #job: ShareJob
  readonly #startAt: number
  readonly #history: HistoryRecorder<string>
  readonly #random: Random
  readonly #failures: Trouble[] = []
  #writes = 0

  constructor(store: Shell<Uint8Array>, job: ShareJob, history: HistoryRecorder<string>, startAt: number) {
    this.#startAt = startAt
    this.#store = store
    this.#job = job
    this.#history = history
    this.#random = seededRandom(job.seed + job.client)
  }

  get failures(): readonly Trouble[] {
    return this.#failures
  }

  async run(): Promise<void> {
    let steps = 0
    for (let round = this.#round(); round < this.#job.rounds || steps < LEAST_STEPS; round = this.#round()) {
      for (let step = 0; step < STEPS_OF_A_ROUND && this.#round() === round; step += 1, steps += 1) {
        await this.#step(round).catch((error: unknown) => this.#failures.push(troubleOf('sharing', error)))
        if (this.#failures.length > 0) return
        await new Promise(setImmediate)
      }
      await this.#end(round)
    }
  }

  /** What is left of all that was done. */
  async readAll(): Promise<void> {
    for (let round = 0; round < this.#job.rounds; round += 1) {
      for (const key of [counterOf(round), ...keysOf(round)]) await this.#read(key)
    }
  }

  #round(): number {
    return Math.max(0, Math.floor((sharedNow() - this.#startAt) / 1_000 / ROUND_MS))
  }

  async #end(round: number): Promise<void> {
    const leftMs = ((round + 1) * ROUND_MS * 1_000 - (sharedNow() - this.#startAt)) / 1_000
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs))
  }

  async #step(round: number): Promise<unknown> {
    const kind = this.#random.below(100)
    const key = oneOf(keysOf(round), this.#random)
    if (kind < 30) return this.#read(key)
    if (kind < 45) return this.#put(key, this.#text())
    if (kind < 52) return this.#remove(key)
    if (!this.#job.conditional) return this.#read(key)
    if (kind < 62) return this.#put(key, this.#text(), 'absent')
    if (kind < 82) return this.#increment(counterOf(round))
    const held = await this.#read(key)
    if (held === undefined) return undefined
    return kind < 94 ? this.#put(key, this.#text(), held) : this.#remove(key, held)
  }

  async #increment(key: string): Promise<unknown> {
    const held = await this.#read(key)
    const count = held === undefined ? 0 : Number.parseInt(held.text, 10)
    return this.#put(key, `${count + 1}@${this.#text()}`, held ?? 'absent')
  }

  async #read(key: string): Promise<Held> {
    let held: Held
    const read = async (): Promise<string | undefined> => {
      const [found] = await this.#store.read([key], this.#call())
      held = found && { text: sharedTextOf(found.value), found }
      return held?.text
    }
    await this.#history.read(key, read, { client: this.#job.client })
    return held
  }

  #put(key: string, text: string, when?: 'absent' | Held): Promise<boolean> {
    const version = this.#store.versions.next()
    const entry = entryOf(this.#store, version, sharedText(text))
    return this.#history.put(
      key,
      text,
      () => this.#write({ key, entry, version, ...condition(when) }),
      this.#asked(when),
    )
  }

  #remove(key: string, when?: Held): Promise<boolean> {
    const change = { ...removalOf(this.#store, key), ...condition(when) }
    return this.#history.remove(key, () => this.#write(change), this.#asked(when))
  }

  #asked(when: 'absent' | Held): { client: number; when?: HistoryCondition<string> } {
    const { client } = this.#job
    if (when === undefined) return { client }
    return { client, when: when === 'absent' ? when : { value: when.text } }
  }

  async #write(change: Change): Promise<boolean> {
    const [done = false] = await this.#store.write([change], this.#call())
    return done
  }

  /** Unique, so that it stands for its write. */
  #text(): string {
    this.#writes += 1
    return `${this.#job.client}.${this.#writes}`
  }

  #call(): ReturnType<typeof newCall> {
    const now = this.#store.clock.now()
    return newCall(now, { deadline: now + DEADLINE_MS })
  }
}

function condition(when: 'absent' | Held): Pick<Change, 'when'> {
  if (when === undefined) return {}
  return { when: when === 'absent' ? when : { version: when.found.version } }
}
