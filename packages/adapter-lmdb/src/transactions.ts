import type { Bytes } from '@cachette/core'
import type { RootDatabase } from 'lmdb'
import { reasonOf } from './errors.js'

/** What a piece of work came to: what to write, and what to answer once that is committed. */
export interface Plan<T> {
  readonly answer: T
  readonly apply: () => void
}

/** Looks and decides, within the transaction. It may fail for itself alone, since it has not written. */
export type Work<T> = () => Plan<T>

interface Job {
  run(): void
  settle(): void
  fail(error: unknown): void
}

/** All work of one turn shares a transaction, in the order in which it came. */
export class Transactions {
  readonly #root: RootDatabase<Bytes, string>
  #queue: Job[] = []
  #under: Promise<void> = Promise.resolve()

  constructor(root: RootDatabase<Bytes, string>) {
    this.#root = root
  }

  /** Settles when it is committed. */
  run<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push(jobOf(work, resolve, reject))
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
      const reason = await reasonOf(error)
      for (const job of jobs) job.fail(reason)
      return
    }
    for (const job of jobs) job.settle()
  }
}

function jobOf<T>(work: Work<T>, resolve: (answer: T) => void, reject: (reason: unknown) => void): Job {
  let settle: () => void
  return {
    run() {
      let plan: Plan<T>
      try {
        plan = work()
      } catch (error) {
        settle = () => reject(error)
        return
      }
      plan.apply()
      settle = () => resolve(plan.answer)
    },
    settle: () => settle(),
    fail: reject,
  }
}
