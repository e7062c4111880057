import { type Awaitable, type Call, isPromise, type Page, type Store, toCacheError, type Verbs } from '@cachette/core'
import type { RecordedAnswer, RecordedCall, RecordedQuestion, RecordedVersion } from './calls.js'
import { plainChange, plainTerms, plainVersion } from './plain.js'

/** Where calls are written down: gives the way to add what one came to. */
export type Write = (question: RecordedQuestion, call: Call) => (answer: RecordedAnswer) => void

/** The verbs of a store, each written down. Ready answers stay ready. */
export function recorded<V>(next: Store<V>, begin: Write, withValues: () => boolean): Verbs<V> {
  return {
    read: (keys, call) =>
      followed(
        begin({ verb: 'read', keys: [...keys], ...plainTerms(call) }, call),
        () => next.read(keys, call),
        (found) => ({ found: found.map((one) => (one === undefined ? null : plainVersion(one.version))) }),
      ),
    write(changes, call) {
      const plain = changes.map((change) => plainChange(change, withValues()))
      return followed(
        begin({ verb: 'write', changes: plain }, call),
        () => next.write(changes, call),
        (done) => ({ done: [...done] }),
      )
    },
    clear: (prefix, call) =>
      followed(
        begin({ verb: 'clear', prefix }, call),
        () => next.clear(prefix, call),
        () => ({ cleared: true }),
      ),
    scan: (prefix, call) => pages(next, prefix, call, begin),
  }
}

function followed<T>(
  end: (answer: RecordedAnswer) => void,
  run: () => Awaitable<T>,
  plain: (answer: T) => RecordedAnswer,
): Awaitable<T> {
  const answered = (answer: T): T => {
    end(plain(answer))
    return answer
  }
  const failed = (error: unknown): never => {
    end(plainFailure(error))
    throw error
  }
  let answer: Awaitable<T>
  try {
    answer = run()
  } catch (error) {
    return failed(error)
  }
  return isPromise(answer) ? answer.then(answered, failed) : answered(answer)
}

async function* pages<V>(next: Store<V>, prefix: string, call: Call, begin: Write): AsyncIterable<Page<V>> {
  const end = begin({ verb: 'scan', prefix, ...plainTerms(call) }, call)
  const listed: (readonly [key: string, version: RecordedVersion])[] = []
  const sorted = (): typeof listed => listed.sort(([a], [b]) => (a < b ? -1 : 1))
  let isOver = false
  try {
    for await (const page of next.scan(prefix, call)) {
      for (const [key, { version }] of page) listed.push([key, plainVersion(version)])
      yield page
    }
    isOver = true
    end({ listed: sorted() })
  } catch (error) {
    isOver = true
    end(plainFailure(error))
    throw error
  } finally {
    if (!isOver) end({ listed: sorted(), left: true })
  }
}

function plainFailure(thrown: unknown): RecordedAnswer {
  const { code, outcome } = toCacheError(thrown)
  return { error: code, outcome }
}

/** The calls of late, in the order in which they were begun. */
export class Recording {
  readonly #calls: RecordedCall[] = []

  get calls(): readonly RecordedCall[] {
    return [...this.#calls]
  }

  begin(question: RecordedQuestion, { now }: Call, maxCalls: number): (answer: RecordedAnswer) => void {
    const recorded: RecordedCall & { answer?: RecordedAnswer } = { ...question, now }
    this.#calls.push(recorded)
    if (this.#calls.length > maxCalls) this.#calls.splice(0, this.#calls.length - maxCalls)
    return (answer) => {
      recorded.answer = answer
    }
  }

  clear(): void {
    this.#calls.length = 0
  }
}
