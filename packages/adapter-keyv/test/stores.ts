import { EventEmitter } from 'node:events'
import type { Fault } from '@cachette/conformance'

/** As the client of Redis calls it. */
class SocketClosedUnexpectedlyError extends Error {}

/** What several clients keep their entries in: the server of the stores below, which fails as it is told. */
export class FakeServer {
  readonly values = new Map<string, unknown>()
  fault: Fault | undefined
  #waiting: (() => void)[] = []

  async run<T>(work: () => T): Promise<T> {
    await Promise.resolve()
    switch (this.fault) {
      case undefined:
        return work()
      case 'refuse':
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      case 'cut':
        work()
        throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      default:
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
        throw new SocketClosedUnexpectedlyError('the socket closed')
    }
  }

  heal(): void {
    this.fault = undefined
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

/** As stores of Keyv 5 are: answers later, takes a lifetime in milliseconds, and lists with a namespace. */
export class AsyncStore {
  readonly opts = { url: 'fake://' }
  readonly ttls: (number | undefined)[] = []
  namespace: string | undefined
  readonly #server: FakeServer

  constructor(server = new FakeServer()) {
    this.#server = server
  }

  get(key: string): Promise<unknown> {
    return this.#server.run(() => this.#server.values.get(key))
  }

  set(key: string, value: unknown, ttl?: number): Promise<void> {
    this.ttls.push(ttl)
    return this.#server.run(() => void this.#server.values.set(key, value))
  }

  delete(key: string): Promise<boolean> {
    return this.#server.run(() => this.#server.values.delete(key))
  }

  clear(): Promise<void> {
    return this.#server.run(() => this.#server.values.clear())
  }

  /** Names alone for every other one, as some stores do. */
  async *iterator(_namespace?: string): AsyncGenerator<[string, unknown] | string, void> {
    let isBare = false
    for (const [name, value] of [...(await this.#server.run(() => this.#server.values))]) {
      isBare = !isBare
      yield isBare ? name : [name, value]
    }
  }
}

/** Keeps what JSON makes of values, takes `A` for `a` as some databases do, and cannot list. */
export class JsonStore {
  readonly #texts = new Map<string, string>()

  get(key: string): unknown {
    const text = this.#texts.get(key.toUpperCase())
    return text === undefined ? null : JSON.parse(text)
  }

  async set(key: string, value: unknown): Promise<boolean> {
    this.#texts.set(key.toUpperCase(), JSON.stringify(value))
    return true
  }

  async delete(key: string): Promise<boolean> {
    return this.#texts.delete(key.toUpperCase())
  }

  clear(): void {
    this.#texts.clear()
  }
}

/** Answers failures with "nothing there" and an event, as many stores do. */
export class SilentStore extends EventEmitter {
  readonly values = new Map<string, unknown>()
  failure: Error | undefined

  async get(key: string): Promise<unknown> {
    return this.#failed() ? undefined : this.values.get(key)
  }

  async set(key: string, value: unknown): Promise<void> {
    if (!this.#failed()) this.values.set(key, value)
  }

  async delete(key: string): Promise<boolean> {
    return this.#failed() ? false : this.values.delete(key)
  }

  async clear(): Promise<void> {
    this.values.clear()
  }

  async *iterator(): AsyncGenerator<[string, unknown], void> {
    if (!this.#failed()) yield* this.values
  }

  #failed(): boolean {
    if (this.failure !== undefined) this.emit('error', this.failure)
    return this.failure !== undefined
  }
}

/** As stores of Keyv 6 are: says that it takes the time of an entry's end. */
export class ExpiresStore extends Map<string, unknown> {
  readonly capabilities = { expires: true }
  readonly ends: unknown[] = []

  override set(key: string, value: unknown, expires?: unknown): this {
    this.ends.push(expires)
    return super.set(key, value)
  }
}
