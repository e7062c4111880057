import {
  type Awaitable,
  type Call,
  type Change,
  type Found,
  isFound,
  isPromise,
  type Page,
  type Store,
  type StreamVerbs,
} from '@cachette/core'
import type { Recorder } from './recorder.js'
import type { TimedVerb } from './snapshot.js'

type ReadOne<V> = NonNullable<Store<V>['readOne']>

/** The verbs of one store, counted. */
export class Meter<V> {
  /** Where the store below knows of single reads. */
  readonly readOne: ReadOne<V> | undefined
  readonly #next: Store<V>
  readonly #recorder: Recorder
  /** Whether answers come later. */
  readonly #readsLater: boolean
  readonly #writesLater: boolean

  constructor(next: Store<V>, recorder: Recorder) {
    this.#next = next
    this.#recorder = recorder
    this.#readsLater = next.traits.sync === 'none'
    this.#writesLater = next.traits.sync !== 'all'
    this.readOne = next.readOne === undefined ? undefined : this.#single(next)
  }

  read(keys: readonly string[], call: Call): Awaitable<readonly (Found<V> | undefined)[]> {
    const recorder = this.#recorder
    if (this.#passes(call)) return this.#next.read(keys, call)
    const weight = recorder.weigh(this.#readsLater)
    const run = (): Awaitable<readonly (Found<V> | undefined)[]> => this.#next.read(keys, call)
    return this.#counted('read', weight, run, (found) => {
      for (const [index, key] of keys.entries()) recorder.found(key, found[index], call, weight)
    })
  }

  write(changes: readonly Change<V>[], call: Call): Awaitable<readonly boolean[]> {
    const recorder = this.#recorder
    if (this.#passes(call)) return this.#next.write(changes, call)
    const weight = recorder.weigh(this.#writesLater)
    const run = (): Awaitable<readonly boolean[]> => this.#next.write(changes, call)
    return this.#counted('write', weight, run, (done) => recorder.wrote(changes, done, call, weight))
  }

  async *scan(prefix: string, call: Call): AsyncIterable<Page<V>> {
    const recorder = this.#recorder
    if (this.#passes(call)) {
      yield* this.#next.scan(prefix, call)
      return
    }
    const source = this.#next.scan(prefix, call)[Symbol.asyncIterator]()
    const turn = (): Promise<IteratorResult<Page<V>, unknown>> => source.next()
    try {
      for (;;) {
        const page = await this.#counted('scan', recorder.weigh(true), turn, ({ done, value }) => {
          if (done !== true) recorder.scanned(value.length)
        })
        if (page.done === true) return
        yield page.value
      }
    } finally {
      await source.return?.()
    }
  }

  clear(prefix: string, call: Call): Awaitable<void> {
    if (this.#passes(call)) return this.#next.clear(prefix, call)
    const run = (): Awaitable<void> => this.#next.clear(prefix, call)
    return this.#counted('clear', this.#recorder.weigh(true), run, () => this.#recorder.cleared())
  }

  /** Bodies pass untouched: of one that is written, nobody knows the size before its end. */
  streams({ read, write }: StreamVerbs): StreamVerbs {
    const recorder = this.#recorder
    return {
      read: (key, call) => {
        if (this.#passes(call)) return read(key, call)
        const weight = recorder.weigh(true)
        const run = (): ReturnType<StreamVerbs['read']> => read(key, call)
        return this.#counted('read', weight, run, (found) => recorder.found(key, found?.header, call, weight))
      },
      write: (change, body, call) => {
        if (this.#passes(call)) return write(change, body, call)
        const { header, ...rest } = change
        const put = { ...rest, version: header.version, entry: { ...header, value: undefined } }
        const run = (): Awaitable<boolean> => write(change, body, call)
        return this.#counted('write', recorder.weigh(true), run, (done) => recorder.wrote([put], [done], call, 0))
      },
    }
  }

  /** Nearly all calls are ready single reads that are only counted: here, without a call or a closure more. */
  #single(next: Store<V>): ReadOne<V> {
    const recorder = this.#recorder
    const { counts } = recorder
    const closely: ReadOne<V> = (key, call) => {
      if (this.#passes(call)) return next.readOne?.(key, call)
      const weight = recorder.weigh(this.#readsLater)
      return this.#one(key, call, weight, () => next.readOne?.(key, call))
    }
    if (this.#readsLater) return closely
    return (key, call) => {
      if (counts.left <= 1 || call.aside === true || call.now >= counts.nextStepAt) return closely(key, call)
      counts.left -= 1
      let found: Awaitable<Found<V> | undefined>
      try {
        found = next.readOne?.(key, call)
      } catch (error) {
        throw recorder.failed(error)
      }
      if (found === undefined) counts.misses += 1
      else if (!isFound(found)) return this.#late(key, call, found)
      else if (found.kind !== 'value' || call.now >= found.expiresAt) counts.misses += 1
      else {
        if (call.now < found.staleAt && found.outdated !== true) counts.hits += 1
        else counts.stale += 1
        if (call.want !== 'header') counts.bytesRead += found.size
      }
      return found
    }
  }

  #late(key: string, call: Call, found: Promise<Found<V> | undefined>): Awaitable<Found<V> | undefined> {
    return this.#one(key, call, 0, () => found)
  }

  #one(
    key: string,
    call: Call,
    weight: number,
    run: () => Awaitable<Found<V> | undefined>,
  ): Awaitable<Found<V> | undefined> {
    return this.#counted('read', weight, run, (found) => this.#recorder.found(key, found, call, weight))
  }

  #passes(call: Call): boolean {
    return call.aside === true || this.#recorder.off
  }

  /** A failure takes its time too: what runs into its deadline must show. */
  #counted<T>(verb: TimedVerb, weight: number, run: () => Awaitable<T>, count: (answer: T) => void): Awaitable<T> {
    const recorder = this.#recorder
    const begun = weight > 0 ? recorder.timer() : 0
    const ended = (): void => {
      if (weight > 0) recorder.took(verb, recorder.timer() - begun, weight)
    }
    const done = (answer: T): T => {
      ended()
      count(answer)
      return answer
    }
    const failed = (error: unknown): never => {
      ended()
      throw recorder.failed(error)
    }
    let answer: Awaitable<T>
    try {
      answer = run()
    } catch (error) {
      return failed(error)
    }
    return isPromise(answer) ? answer.then(done, failed) : done(answer)
  }
}
