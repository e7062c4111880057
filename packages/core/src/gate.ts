import { isPromise } from './awaitable.js'
import { newCall } from './call.js'
import type { Awaitable, Call, Page } from './contract.js'
import { Deadlines } from './deadlines.js'
import { CacheError } from './errors.js'
import { Lanes, type Queued, type Scope } from './lanes.js'
import type { Clock } from './clock.js'

export type Operation = 'read' | 'write' | 'scan' | 'clear' | 'close'

/** Where calls of one store take their place in order, get their deadline, and are counted out at close. */
export class Gate {
  readonly lanes = new Lanes()
  readonly deadlines: Deadlines
  readonly #source: string
  #closed = false

  constructor(source: string, clock: Clock) {
    this.#source = source
    this.deadlines = new Deadlines(clock)
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
  }

  /** Before anything else: a closed store and an aborted call are refused at once. */
  check(operation: Operation, call: Call): void {
    if (this.#closed) throw closed(this.#source, operation)
    if (call.signal?.aborted === true) throw this.#late(operation, 'none')('ABORTED')
  }

  /** Runs the work in its turn and within its deadline. Ready work on idle lanes costs nothing more. */
  pass<T>(operation: Operation, scope: Scope, call: Call, work: () => Awaitable<T>): Awaitable<T> {
    let queue: Queued | undefined
    const result = this.lanes.run(scope, call.id, work, (queued) => (queue = queued))
    if (!isPromise(result)) return result
    return this.deadlines.race(result, call, (code) => {
      const waiting = queue !== undefined && !queue.begun
      if (waiting && queue !== undefined) queue.left = true
      return this.#late(operation, scope.writes && !waiting ? 'unknown' : 'none')(code)
    })
  }

  /** The same for work that has begun on idle lanes, and whose first answer is not ready. */
  hold<T>(operation: Operation, scope: Scope, call: Call, result: Promise<T>): Awaitable<T> {
    const outcome = scope.writes ? 'unknown' : 'none'
    const held = this.lanes.hold(scope, call.id, result)
    return isPromise(held) ? this.deadlines.race(held, call, this.#late(operation, outcome)) : held
  }

  /** A close, which has no call of its own, settles in time too. */
  within<T>(work: Awaitable<T>, budgetMs: number, clock: Clock): Awaitable<T> {
    if (!isPromise(work)) return work
    const call = newCall(clock.now(), { deadline: clock.now() + budgetMs })
    return this.deadlines.race(work, call, this.#late('close', 'unknown'))
  }

  /** Pages within a deadline each. Ends with CLOSED when the store closes, and frees the source however it ends. */
  async *pages<V>(
    prefix: string,
    call: Call,
    clock: Clock,
    open: () => AsyncIterable<Page<V>>,
  ): AsyncIterable<Page<V>> {
    this.check('scan', call)
    await this.lanes.settled(prefix, call.id)
    const budget = call.deadline - call.now
    const source = open()[Symbol.asyncIterator]()
    let under = false
    let ended = false
    try {
      for (;;) {
        this.check('scan', call)
        under = true
        const timed = { ...call, deadline: clock.now() + budget }
        const next = await this.deadlines.race(source.next(), timed, this.#late('scan', 'none'))
        under = false
        if (next.done === true) {
          ended = true
          return
        }
        yield next.value
      }
    } finally {
      const freed = ended ? undefined : source.return?.()
      // A page that hangs holds its generator: waiting for it would hang the caller too.
      if (under) freed?.catch(() => undefined)
      else await freed
    }
  }

  #late(operation: Operation, outcome: 'none' | 'unknown'): (code: 'TIMEOUT' | 'ABORTED') => CacheError {
    return (code) => {
      const reason = code === 'TIMEOUT' ? 'took longer than its deadline' : "was aborted by the caller's signal"
      const doubt = outcome === 'unknown' ? '; it may still take effect' : ''
      return new CacheError(code, `${operation} on ${this.#source} ${reason}${doubt}`, {
        operation,
        source: this.#source,
        outcome,
      })
    }
  }
}

export function closed(source: string, operation: string): CacheError {
  return new CacheError('CLOSED', `${operation} on ${source} after it was closed`, { operation, source })
}
