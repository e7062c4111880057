import type { Awaitable } from '../../src/contract.js'
import { Lanes, type Scope } from '../../src/lanes.js'
import { type Deferred, deferred, turns } from './deferred.js'

export const reads = (...keys: string[]): Scope => ({ keys, writes: false })
export const writes = (...keys: string[]): Scope => ({ keys, writes: true })
export const clears = (prefix: string): Scope => ({ keys: [], prefix, writes: true })

/** Calls that are let through by hand: what each does, and when its turn comes. */
export class Calls {
  readonly lanes = new Lanes()
  /** The names of the calls whose turn has come, in order. */
  readonly begun: string[] = []
  readonly #ends = new Map<string, Deferred<void>>()
  #lastId = 0

  make(name: string, scope: Scope, id = this.nextId(), inside?: () => Awaitable<unknown>): Awaitable<unknown> {
    return this.lanes.run(scope, id, async () => {
      this.begun.push(name)
      const end = deferred()
      this.#ends.set(name, end)
      await end.promise
      await inside?.()
    })
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  async end(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#ends.get(name)?.resolve()
      this.#ends.delete(name)
      await turns()
    }
  }

  /** Ends whatever has begun until nothing more begins. */
  async endAll(): Promise<void> {
    for (let [name] = this.#ends.keys(); name !== undefined; [name] = this.#ends.keys()) await this.end(name)
  }
}
