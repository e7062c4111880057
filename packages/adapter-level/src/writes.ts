import { type Awaitable, type Bytes, type CacheError, type Change, decide, type FrameFormat } from '@cachette/core'
import { levelError } from './errors.js'
import type { Driver } from './open.js'

/** A batch of one caller: applied whole, each condition judged by what is there when its turn comes. */
export interface Write {
  readonly changes: readonly Change[]
  /** Of each change that puts, made when the call was. */
  readonly frames: readonly (Bytes | undefined)[]
  readonly now: number
  /** Whether it is acknowledged only once it is on the device. */
  readonly sync: boolean
  readonly format: FrameFormat
}

/** The database that is written to. */
export interface Target {
  writable(): Awaitable<Driver>
  /** To be told when a write has failed. */
  doubt(): void
}

interface Waiting {
  readonly resolve: (answers: readonly boolean[]) => void
  readonly reject: (error: unknown) => void
}

interface Batch extends Waiting {
  readonly write: Write
}

/** What is done between two batches, with nothing else under way. */
interface Alone extends Waiting {
  readonly operation: string
  readonly run: (driver: Driver) => Promise<void>
}

type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Bytes }
  | { readonly type: 'del'; readonly key: string }

/** How much goes into one batch of the driver, at least one caller's: it is copied in one piece. */
const MAX_CHANGES = 4096
const MAX_BYTES = 4 * 1024 * 1024

/**
 * Applies what is written in the order of the calls: what comes while a batch is under way makes the next one. So
 * conditions are judged by one at a time, whoever asks.
 */
export class Writes {
  readonly #target: Target
  #queue: (Batch | Alone)[] = []
  #isRunning = false

  constructor(target: Target) {
    this.#target = target
  }

  /** Whether a batch may be half visible to reads that are made one by one. */
  get busy(): boolean {
    return this.#isRunning
  }

  add(write: Write): Promise<readonly boolean[]> {
    return new Promise((resolve, reject) => this.#enter({ write, resolve, reject }))
  }

  /** Runs when everything before it is done, and before everything after it. */
  async alone(operation: string, run: (driver: Driver) => Promise<void>): Promise<void> {
    await new Promise((resolve, reject) => this.#enter({ operation, run, resolve, reject }))
  }

  /** Settles when what has been added up to now is done. */
  async settled(): Promise<void> {
    if (!this.#isRunning) return
    // How that went has been told to those who asked for it.
    await this.alone('close', async () => undefined).catch(() => undefined)
  }

  #enter(step: Batch | Alone): void {
    this.#queue.push(step)
    if (this.#isRunning) return
    this.#isRunning = true
    // The calls of this turn go together.
    queueMicrotask(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const [first] = this.#queue
      if (first !== undefined && 'run' in first) {
        this.#queue.shift()
        await this.#runAlone(first)
      } else {
        await this.#runBatches(this.#takeBatches())
      }
    }
    this.#isRunning = false
  }

  #takeBatches(): readonly Batch[] {
    const queue = this.#queue
    const taken: Batch[] = []
    let changes = 0
    let bytes = 0
    for (const step of queue) {
      if ('run' in step) break
      const { frames } = step.write
      changes += frames.length
      for (const frame of frames) bytes += frame?.length ?? 0
      if (taken.length > 0 && (changes > MAX_CHANGES || bytes > MAX_BYTES)) break
      taken.push(step)
    }
    this.#queue = taken.length === queue.length ? [] : queue.slice(taken.length)
    return taken
  }

  async #runBatches(batches: readonly Batch[]): Promise<void> {
    let hasBegun = false
    let isJudging = false
    try {
      const driver = await this.#target.writable()
      isJudging = true
      const { operations, answers } = await judged(driver, batches)
      isJudging = false
      hasBegun = true
      const sync = batches.some(({ write }) => write.sync)
      if (operations.length > 0) await driver.batch(operations, sync ? { sync } : {})
      for (const [index, batch] of batches.entries()) batch.resolve(answers[index] ?? [])
    } catch (error) {
      // What is stored under one key could not be read: that is no matter to the others.
      if (isJudging && batches.length > 1) return this.#runEach(batches)
      const failure = this.#failed(error, hasBegun, 'write')
      for (const batch of batches) batch.reject(failure)
    }
  }

  async #runEach(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) await this.#runBatches([batch])
  }

  async #runAlone({ operation, run, resolve, reject }: Alone): Promise<void> {
    let hasBegun = false
    try {
      const driver = await this.#target.writable()
      hasBegun = true
      await run(driver)
      resolve([])
    } catch (error) {
      reject(this.#failed(error, hasBegun, operation))
    }
  }

  #failed(error: unknown, hasBegun: boolean, operation: string): CacheError {
    const failure = levelError(error, { operation, writing: hasBegun })
    // Opening anew mends no damage, and would end what can still be read.
    if (hasBegun && failure.code !== 'CORRUPT') this.#target.doubt()
    return failure
  }
}

interface Judged {
  readonly operations: Operation[]
  readonly answers: readonly (readonly boolean[])[]
}

/** Of a change that puts on no condition, whatever is there. */
const PUT = [true] as const

const needsJudging = ({ entry, when }: Change): boolean => entry === undefined || when !== undefined

/** What is to be done, and what to answer: each change judged by what is stored and by those before it. */
async function judged(driver: Driver, batches: readonly Batch[]): Promise<Judged> {
  const asked = keysToJudge(batches)
  const known = asked.size === 0 ? undefined : await stored(driver, [...asked])
  const operations: Operation[] = []
  const apply = ({ key }: Change, value: Bytes | undefined): void => {
    operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value })
    if (known?.has(key) === true) known.set(key, value)
  }
  const answers = batches.map(({ write: { changes, frames, now, format } }) => {
    const [first, second] = changes
    if (first !== undefined && second === undefined && !needsJudging(first)) {
      apply(first, frames[0])
      return PUT
    }
    return changes.map((change, index) => {
      // The whole of it: damage to a value shows nowhere else.
      const bytes = needsJudging(change) ? known?.get(change.key) : undefined
      const verdict = decide(change, bytes && format.read(bytes, change.key), now)
      if (verdict.apply) apply(change, frames[index])
      return verdict.answer
    })
  })
  return { operations, answers }
}

function keysToJudge(batches: readonly Batch[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const { write } of batches) for (const change of write.changes) if (needsJudging(change)) keys.add(change.key)
  return keys
}

/** More are read by the thread pool, so that they hold up nothing. */
const FEW = 16

async function stored(driver: Driver, keys: readonly string[]): Promise<Map<string, Bytes | undefined>> {
  const values = keys.length <= FEW ? keys.map((key) => driver.getSync(key)) : await driver.getMany([...keys])
  return new Map(keys.map((key, index) => [key, values[index]]))
}
