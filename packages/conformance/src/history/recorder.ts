import { type Awaitable, isCacheError } from '@cachette/core'
import type { HistoryAction, HistoryCondition, HistoryOperation } from './operations.js'

/** What is said of an operation beside its key and arguments. */
export interface RecordOptions<V> {
  readonly client?: string | number | undefined
  readonly when?: HistoryCondition<V> | undefined
}

/** Notes the operations that it runs, for `checkHistory`. Share one between all clients, so that they share a scale. */
export interface HistoryRecorder<V> {
  readonly operations: readonly HistoryOperation<V>[]
  read(key: string, run: () => Awaitable<V | undefined>, options?: RecordOptions<V>): Promise<V | undefined>
  take(key: string, run: () => Awaitable<V | undefined>, options?: RecordOptions<V>): Promise<V | undefined>
  put(key: string, value: V, run: () => Awaitable<boolean>, options?: RecordOptions<V>): Promise<boolean>
  remove(key: string, run: () => Awaitable<boolean>, options?: RecordOptions<V>): Promise<boolean>
}

/** `stamp` gives rising numbers: a counter within one process (the default), a monotonic clock across several. */
export function recordHistory<V>(stamp: () => number = counter()): HistoryRecorder<V> {
  const operations: HistoryOperation<V>[] = []

  /** A failure that surely changed nothing explains nothing; one that may have landed stays in, as unknown. */
  const record = async <A>(
    key: string,
    options: RecordOptions<V> | undefined,
    run: () => Awaitable<A>,
    action: (answer: A | undefined) => HistoryAction<V>,
  ): Promise<A> => {
    const begin = stamp()
    const where = { key, begin, client: options?.client }
    try {
      const answer = await run()
      operations.push({ ...action(answer), ...where, end: stamp() })
      return answer
    } catch (error) {
      const happened = action(undefined)
      const mayHaveLanded = happened.verb !== 'read' && !(isCacheError(error) && error.outcome === 'none')
      if (mayHaveLanded) operations.push({ ...happened, ...where, end: stamp(), unknown: true })
      throw error
    }
  }

  return {
    operations,
    read: (key, run, options) => record(key, options, run, (answer) => ({ verb: 'read', answer })),
    take: (key, run, options) => record(key, options, run, (answer) => ({ verb: 'take', answer })),
    put: (key, value, run, options) =>
      record(key, options, run, (answer) => ({ verb: 'put', value, when: options?.when, answer: answer ?? false })),
    remove: (key, run, options) =>
      record(key, options, run, (answer) => ({ verb: 'remove', when: options?.when, answer: answer ?? false })),
  }
}

function counter(): () => number {
  let count = 0
  return () => {
    count += 1
    return count
  }
}
