import type { Bytes } from '@cachette/core'
import type { RootDatabase } from 'lmdb'
import { reasonOf, translated } from './errors.js'

/** What a piece of work came to: what to write, and what to answer once that is committed. */
export interface Plan<T> {
  readonly answer: T
  apply(): void
}

/** Looks and decides, within the transaction. It may fail for itself alone, since it has not written. */
export type Work<T> = () => Plan<T>

/** All work of one turn shares a transaction, in the order in which it came. */
export class Transactions {
  readonly #root: RootDatabase<Bytes, string>
  readonly #path: string
  #queue: Job[] = []
  #under: Promise<void> = Promise.resolve()

  constructor(root: RootDatabase<Bytes, string>, path: string) {
    this.#root = root
    this.#path = path
  }

  /** Settles when it is committed. */
  run<T>(operation: string, work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push(new TypedJob(operation, work, resolve, reject))
      if (this.#queue.length === 1) queueMicrotask(() => this.#begin())
    })
  }

  /** Settles when nothing is under way any more. */
  async drained(): Promise<void> {
    for (let seen: Promise<void> | undefined; seen !== this.#under || this.#queue.length > 0; ) {
      seen = this.#under
      await seen
    }
  }

  #begin(): void {
    const jobs = this.#queue
    this.#queue = []
    this.#under = this.#commit(jobs)
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      // A child, since only that is rolled back when something in it fails.
      await this.#root.childTransaction(() => {
        for (const job of jobs) job.run()
      })
    } catch (error) {
      const reason = await reasonOf(error, this.#path)
      for (const job of jobs) job.fail(reason)
      return
    }
    for (const job of jobs) job.settle()
  }
}

/** Work of any type, with somebody who waits for it. */
interface Job {
  run(): void
  settle(): void
  fail(reason: unknown): void
}

class TypedJob<T> implements Job {
  readonly #operation: string
  readonly #work: Work<T>
  readonly #resolve: (answer: T) => void
  readonly #reject: (reason: unknown) => void
  #plan: Plan<T> | undefined
  #failure: unknown

  constructor(operation: string, work: Work<T>, resolve: (answer: T) => void, reject: (reason: unknown) => void) {
    this.#operation = operation
    this.#work = work
    this.#resolve = resolve
    this.#reject = reject
  }

  run(): void {
    try {
      this.#plan = this.#work()
    } catch (error) {
      this.#failure = error
      return
    }
    this.#plan.apply()
  }

  settle(): void {
    if (this.#plan !== undefined) this.#resolve(this.#plan.answer)
    else this.fail(this.#failure)
  }

  fail(reason: unknown): void {
    this.#reject(translated(reason, this.#operation, true))
  }
}
