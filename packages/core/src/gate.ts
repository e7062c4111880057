import { isPromise } from './awaitable.js'
import { newCall } from './call.js'
import type { Clock } from './clock.js'
import type { Awaitable, Call, Page, Traits } from './contract.js'
import { Deadlines, type Late } from './deadlines.js'
import { CacheError } from './errors.js'
import { Lanes, type Queued, type Scope } from './lanes.js'
import { failed } from './normalise.js'
import { shown } from './options.js'
import { isPage } from './store-checks.js'

export type Operation = 'read' | 'write' | 'scan' | 'clear' | 'close'

/** Where calls of one store take their place in order, get their deadline, and are counted out at close. */
export class Gate {
  readonly lanes = new Lanes()
  readonly deadlines: Deadlines
  readonly #source: string
  readonly #clock: Clock
  readonly #remote: boolean
  readonly #paused = new Set<AsyncIterator<unknown>>()
  #closed = false

  constructor(source: string, clock: Clock, lives: Traits['lives']) {
    this.#source = source
    this.#clock = clock
    this.#remote = lives === 'server'
    this.deadlines = new Deadlines(clock)
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    this.#closed = true
  }

  /** Frees what scans hold that nobody goes on with. */
  free(): Awaitable<unknown> {
    const freed = [...this.#paused].map(async (source) => source.return?.())
    return freed.length === 0 ? undefined : Promise.allSettled(freed)
  }

  /** Before anything else: a closed store, but to calls made before, and an aborted call are refused at once. */
  check(operation: Operation, call: Call): void {
    if (this.#closed && !this.lanes.has(call.id)) throw closed(this.#source, operation)
    if (call.signal?.aborted === true) throw this.#late(operation, 'none', call)('ABORTED')
  }

  /**
   * Runs the work in its turn and within its deadline. Ready work on idle lanes costs nothing more. The lanes are kept
   * until it has settled, but by a driver on a network only until its deadline: what missed that has been given up.
   */
  pass<T>(operation: Operation, scope: Scope, call: Call, work: () => Awaitable<T>, by?: 'driver'): Awaitable<T> {
    const bounded = by === 'driver' && this.#remote
    let queue: Queued | undefined
    const late: Late = (code) => {
      const waiting = queue?.begun === false
      if (waiting) queue?.leave()
      return this.#late(operation, scope.writes && !waiting ? 'unknown' : 'none', call)(code)
    }
    const begin = bounded ? () => this.#raced(work(), unsignalled(call), late) : work
    const result = this.lanes.run(scope, call.id, begin, (queued) => {
      queue = queued
    })
    return bounded && queue === undefined && call.signal === undefined ? result : this.#raced(result, call, late)
  }

  /** The same for work that has begun on idle lanes, and whose first answer is not ready. */
  hold<T>(operation: Operation, scope: Scope, call: Call, result: Promise<T>, by?: 'driver'): Awaitable<T> {
    const late = this.#late(operation, scope.writes ? 'unknown' : 'none', call)
    const bounded = by === 'driver' && this.#remote
    const work = bounded ? this.#raced(result, unsignalled(call), late) : result
    const held = this.lanes.hold(scope, call.id, work)
    return bounded && call.signal === undefined ? held : this.#raced(held, call, late)
  }

  /** What has no call of its own settles in time too. */
  within<T>(work: Awaitable<T>, budgetMs: number, operation: Operation = 'close'): Awaitable<T> {
    if (!isPromise(work)) return work
    const now = this.#clock.now()
    const call = newCall(now, { deadline: now + budgetMs })
    return this.#raced(work, call, this.#late(operation, operation === 'close' ? 'unknown' : 'none', call))
  }

  /** Pages within a deadline each. Ends with CLOSED when the store closes, and frees the source however it ends. */
  async *pages<V>(prefix: string, call: Call, open: () => AsyncIterable<Page<V>>): AsyncIterable<Page<V>> {
    this.check('scan', call)
    const late = this.#late('scan', 'none', call)
    const budget = call.deadline - call.now
    // What goes to waiting for its turn is the first page's loss.
    let deadline = this.#clock.now() + budget
    await this.#raced(this.lanes.settled(prefix, call.id), { ...call, deadline }, late)
    const source = begun(open, this.#source)
    let under = false
    let ended = false
    try {
      for (;;) {
        under = true
        this.check('scan', call)
        const next = await this.#raced(source.next(), { ...call, deadline }, late)
        if (next.done === true) {
          ended = true
          return
        }
        this.check('scan', call)
        under = false
        if (!isPage(next.value)) throw new Error(`expected pages of [key, entry], got ${shown(next.value)}`)
        this.#paused.add(source)
        yield next.value
        this.#paused.delete(source)
        deadline = this.#clock.now() + budget
      }
    } catch (error) {
      throw failed('scan', this.#source, error)
    } finally {
      this.#paused.delete(source)
      const freed = ended ? undefined : source.return?.()
      // A page that hangs holds its generator: waiting for it would hang the caller too.
      if (under) freed?.catch(() => undefined)
      else await this.within(freed, budget, 'scan')
    }
  }

  #raced<T>(work: Awaitable<T>, call: Call, late: Late): Awaitable<T> {
    return isPromise(work) ? this.deadlines.race(work, call, late) : work
  }

  #late(operation: Operation, outcome: 'none' | 'unknown', { deadline, now }: Call): Late {
    return (code) => {
      const reason =
        code === 'TIMEOUT' ? `took longer than its ${deadline - now} ms` : "was aborted by the caller's signal"
      const doubt = outcome === 'unknown' ? '; it may still take effect' : ''
      return new CacheError(code, `${operation} on ${this.#source} ${reason}${doubt}`, {
        operation,
        source: this.#source,
        outcome,
      })
    }
  }
}

function begun<V>(open: () => AsyncIterable<Page<V>>, source: string): AsyncIterator<Page<V>> {
  const begin = (): AsyncIterator<Page<V>> => {
    const pages = open()
    if (typeof pages?.[Symbol.asyncIterator] === 'function') return pages[Symbol.asyncIterator]()
    throw new Error(`expected an async iterable of pages, got ${shown(pages)}`)
  }
  try {
    return begin()
  } catch (error) {
    throw failed('scan', source, error)
  }
}

/** An abort ends the caller's waiting, not what the driver has begun. */
function unsignalled(call: Call): Call {
  return call.signal === undefined ? call : { ...call, signal: undefined }
}

/** How much longer the outside of a stack waits than its store, so that a layer hears of a failure before its caller. */
const LAYERS_MS = 5

/** The call as the outside of a stack waits for it. */
export function outlasting(call: Call): Call {
  return { ...call, deadline: call.deadline + LAYERS_MS }
}

export function closed(source: string, operation: string): CacheError {
  return new CacheError('CLOSED', `${operation} on ${source} after it was closed`, { operation, source })
}
