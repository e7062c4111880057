import { promised } from '../awaitable.js'
import type { BatchLoader, LoadContext } from './options.js'

interface Wanted<V> {
  readonly context: LoadContext<V>
  resolve(value: V | undefined): void
  reject(error: unknown): void
}

/**
 * One call of a batched loader for all the keys that turn out to need it. Each key either asks to be loaded or says
 * that it need not be, or not yet; the loader runs when all have. A key that asks later is loaded by itself.
 */
export class Batch<V> {
  readonly #load: BatchLoader<V>
  readonly #undecided: Set<string>
  readonly #wanted = new Map<string, Wanted<V>>()

  constructor(keys: Iterable<string>, load: BatchLoader<V>) {
    this.#undecided = new Set(keys)
    this.#load = load
  }

  load(key: string, context: LoadContext<V>): Promise<V | undefined> {
    return new Promise<V | undefined>((resolve, reject) => {
      this.#wanted.set(key, { context, resolve, reject })
      if (this.#undecided.delete(key)) this.#runWhenDecided()
      else this.#run()
    })
  }

  /** The key is there, is loaded by somebody else, or has failed. */
  pass(key: string): void {
    if (this.#undecided.delete(key)) this.#runWhenDecided()
  }

  #runWhenDecided(): void {
    if (this.#undecided.size === 0 && this.#wanted.size > 0) this.#run()
  }

  #run(): void {
    const wanted = new Map(this.#wanted)
    this.#wanted.clear()
    const signal = whenAllAborted([...wanted.values()].map(({ context }) => context.signal))
    promised(() => this.#load([...wanted.keys()], { signal })).then(
      (loaded) => {
        for (const [key, { resolve }] of wanted) resolve(loaded.get(key))
      },
      (error: unknown) => {
        for (const { reject } of wanted.values()) reject(error)
      },
    )
  }
}

/** A batch is given up when nobody waits for any of its keys. */
function whenAllAborted(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let left = signals.length
  for (const signal of signals) {
    const aborted = (): void => {
      left -= 1
      if (left === 0) controller.abort()
    }
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
  }
  return controller.signal
}
