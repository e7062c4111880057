import { type Awaitable, andThen, CacheError, isPromise, systemClock } from '@cachette/core'
import type { Backing } from './backing.js'
import { type Asked, storeError } from './errors.js'

export const SOURCE = 'keyv'

/** A store counts whole seconds, and may begin its own before ours end. */
const SECOND = 1_000

/** Timers take no more, and Memcached takes more than thirty days for a date. What lives longer is not told. */
const LONGEST_MS = 24 * 24 * 3_600 * SECOND

/**
 * Asks the store, and believes it only what is so. Many Keyv stores answer a failure with "nothing there" and an
 * `error` event: an empty answer counts only where no such event came meanwhile.
 */
export class Backend {
  readonly #store: Backing['store']
  readonly #namespace: unknown
  readonly #expiry: 'ttl' | 'expires' | 'none'
  readonly #onError = (error: unknown): void => {
    this.#failures += 1
    this.#lastFailure = error
  }
  #failures = 0
  #lastFailure: unknown

  constructor({ store }: Backing, expiry: 'ttl' | 'expires' | 'none') {
    this.#store = store
    this.#namespace = store.namespace
    this.#expiry = expiry
    store.on?.('error', this.#onError)
  }

  /** At once where the store answers so; failures are always rejections. */
  get(name: string): Awaitable<unknown> {
    const answer = this.#asked(READING, () => this.#store.get(name), isNothing)
    return andThen(answer, (found) => (isNothing(found) ? undefined : found))
  }

  /** `lastsMs`: how long the store has to keep it at least; for ever where it is left out. */
  async set(name: string, value: unknown, lastsMs: number | undefined): Promise<void> {
    const answer = await this.#asked(WRITING, () => this.#store.set(name, value, this.#endOf(lastsMs)), always)
    if (answer === false) throw refused('the store says that it has not kept it')
  }

  /** Of something that is there. */
  async delete(name: string): Promise<void> {
    const answer = await this.#asked(WRITING, () => this.#store.delete(name), always)
    if (answer === false && (await this.get(name)) !== undefined) {
      throw refused('the store says that it has not removed it')
    }
  }

  /** The names and values that the store lists; some stores give no values with them. */
  async *list(): AsyncGenerator<readonly [name: string, value: unknown], void, undefined> {
    this.#check('scan')
    const failures = this.#failures
    try {
      const rows = this.#store.iterator?.(this.#namespace) ?? this.#store.entries?.() ?? []
      for await (const row of rows) {
        const pair: readonly unknown[] = Array.isArray(row) ? row : [row]
        const [name, value] = pair
        if (typeof name === 'string') yield [name, value]
      }
    } catch (error) {
      throw storeError(error, { operation: 'scan', source: SOURCE, writing: false })
    }
    if (this.#failures > failures) throw this.#failure({ operation: 'scan', writing: false })
  }

  /** The store belongs to whoever handed it over, and stays open. */
  leave(): void {
    this.#store.off?.('error', this.#onError)
  }

  #asked(
    asked: Omit<Asked, 'source'>,
    ask: () => unknown,
    isDoubtful: (answer: unknown) => boolean,
  ): Awaitable<unknown> {
    const failures = this.#failures
    const checked = (answer: unknown): unknown => {
      if (this.#failures > failures && isDoubtful(answer)) throw this.#failure(asked)
      return answer
    }
    const failed = (error: unknown): Promise<never> => Promise.reject(storeError(error, { ...asked, source: SOURCE }))
    try {
      this.#check(asked.operation)
      const answer = ask()
      return isPromise(answer) ? answer.then(checked, failed) : checked(answer)
    } catch (error) {
      return failed(error)
    }
  }

  /** A Keyv that is given the same store moves it to a namespace of its own, where none of our entries are. */
  #check(operation: string): void {
    if (this.#store.namespace === this.#namespace) return
    throw new CacheError(
      'BACKEND',
      'the namespace of the store was changed; give each of its users a store of its own',
      {
        operation,
        source: SOURCE,
      },
    )
  }

  #failure(asked: Omit<Asked, 'source'>): CacheError {
    return storeError(this.#lastFailure, { ...asked, source: SOURCE })
  }

  /** Later than the entry's own end, which is exact. The store goes by the time of its machine, whatever our clock. */
  #endOf(lastsMs: number | undefined): number | undefined {
    if (lastsMs === undefined || lastsMs > LONGEST_MS || this.#expiry === 'none') return undefined
    const ttl = (Math.ceil(lastsMs / SECOND) + 1) * SECOND
    return this.#expiry === 'ttl' ? ttl : systemClock.now() + ttl
  }
}

const READING = { operation: 'read', writing: false } as const
const WRITING = { operation: 'write', writing: true } as const

function isNothing(answer: unknown): boolean {
  return answer === undefined || answer === null
}

function always(): boolean {
  return true
}

function refused(why: string): CacheError {
  return new CacheError('BACKEND', why, { operation: 'write', source: SOURCE, outcome: 'unknown' })
}
