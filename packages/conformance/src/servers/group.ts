import { settled } from '../ready.js'
import type { Server } from './local-server.js'

/** Servers that are started and stopped together. */
export class Group<S extends Server> implements AsyncDisposable {
  readonly #servers: S[] = []

  /** All of them, or none: if one cannot be started, those that could are stopped. */
  async start(starts: readonly Promise<S>[]): Promise<readonly S[]> {
    const started: S[] = []
    const failures: unknown[] = []
    for (const outcome of await Promise.all(starts.map((start) => settled(() => start)))) {
      if ('error' in outcome) failures.push(outcome.error)
      else started.push(outcome.value)
    }
    this.#servers.push(...started)
    if (failures.length > 0) throw failures[0]
    return started
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** The end of each server's log. */
  get log(): string {
    return this.#servers.map(({ port, log }) => `${port}:\n${log.slice(-LOG_SHOWN)}`).join('\n')
  }
}

const LOG_SHOWN = 700

/** The group's, stopped if the work on it fails. */
export async function orStop<T>(group: AsyncDisposable, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await group[Symbol.asyncDispose]()
    throw error
  }
}

export function repeat<T>(count: number, make: (index: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

export function answers({ running, paused }: Server): boolean {
  return running && !paused
}
