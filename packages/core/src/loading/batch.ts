import { promised } from '../awaitable.js'
import { CacheError } from '../errors.js'
import { shown } from '../options.js'
import type { BatchLoader, PartialLoader } from './options.js'

interface Wanted<V> {
  readonly signal: AbortSignal
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

  /** The loader of one of the keys. */
  loader(key: string): PartialLoader<V> {
    return ({ signal }) =>
      new Promise<V | undefined>((resolve, reject) => {
        this.#wanted.set(key, { signal, resolve, reject })
        this.pass(key)
      })
  }

  /** The key is there, is loaded by somebody else, or has failed. */
  pass(key: string): void {
    this.#undecided.delete(key)
    if (this.#undecided.size === 0 && this.#wanted.size > 0) void this.#run()
  }

  async #run(): Promise<void> {
    const wanted = new Map([...this.#wanted].filter(([, { signal }]) => !signal.aborted))
    this.#wanted.clear()
    if (wanted.size === 0) return
    const signal = whenAllAborted([...wanted.values()].map((want) => want.signal))
    try {
      const loaded: unknown = await promised(() => this.#load([...wanted.keys()], { signal }))
      if (!isMap<V>(loaded)) {
        throw new CacheError('INVALID_VALUE', `expected a batched loader to give a Map, got ${shown(loaded)}`)
      }
      for (const [key, { resolve }] of wanted) resolve(loaded.get(key))
    } catch (error) {
      for (const { reject } of wanted.values()) reject(error)
    }
  }
}

function isMap<V>(value: unknown): value is ReadonlyMap<string, V> {
  return typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function'
}

/** A batch is given up when nobody waits for any of its keys. */
function whenAllAborted(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let left = signals.length
  const aborted = (): void => {
    left -= 1
    if (left === 0) controller.abort()
  }
  for (const signal of signals) signal.addEventListener('abort', aborted, { once: true })
  return controller.signal
}
