import type { Awaitable, Bytes, Found, Traits } from '../../src/contract.js'
import { deferred } from './deferred.js'
import { TestStore } from './test-store.js'

/** Something that was done to a key of the server. */
export interface Effect {
  readonly key: string
  readonly kind: Found['kind'] | 'removed'
  /** What was put there, as text. */
  readonly text: string
  /** The name of the process that did it. */
  readonly by: string
}

/** What several processes share: entries, and everything that was ever done to them, in order. */
export class Server extends Map<string, Found> {
  readonly effects: Effect[] = []
  /** Whose turn it is. */
  actor = ''

  override set(key: string, found: Found): this {
    this.effects.push({ key, kind: found.kind, text: textOf(found.value), by: this.actor })
    return super.set(key, found)
  }

  override delete(key: string): boolean {
    this.effects.push({ key, kind: 'removed', text: '', by: this.actor })
    return super.delete(key)
  }

  /** The values that ordinary reads would come across, as texts. */
  get texts(): Record<string, string> {
    const values = [...this].filter(([, found]) => found.kind === 'value')
    return Object.fromEntries(values.map(([key, found]) => [key, textOf(found.value)]))
  }

  get leases(): readonly string[] {
    return [...this].filter(([, found]) => found.kind === 'lease').map(([key]) => key)
  }
}

function textOf(value: Bytes | undefined): string {
  return value === undefined ? '' : new TextDecoder().decode(value)
}

const SHARED: Partial<Traits> = {
  values: 'bytes',
  lives: 'server',
  shared: true,
  conditional: 'shared',
  atomicBatch: false,
  sync: 'none',
  isolated: true,
}

/** One process's connection to a server. What it is asked takes effect when the test settles it, or at once. */
export class Client extends TestStore<Bytes> {
  override readonly name: string = 'server'
  override readonly entries: Server
  /** Whether an answer waits once more after its effect, as it does on its way over a network. */
  slowAnswers = false

  readonly #process: string

  constructor(server: Server = new Server(), traits: Partial<Traits> = {}, process = 'a process') {
    super({ ...SHARED, ...traits })
    this.entries = server
    this.#process = process
  }

  protected override answer<T>(what: string, act: () => T): Awaitable<T> {
    const work = (): T => {
      this.entries.actor = this.#process
      return act()
    }
    if (!this.held) return this.#soon(what, work)
    if (!this.slowAnswers) return super.answer(what, work)
    this.calls.push(what)
    const { promise, resolve, reject } = deferred<T>()
    const settle = (): void => {
      const result = work()
      this.pending.push({ what: `answer to ${what}`, settle: () => resolve(result), fail: reject })
    }
    this.pending.push({ what, settle, fail: reject })
    return promise
  }

  async #soon<T>(what: string, work: () => T): Promise<T> {
    return super.answer(what, work)
  }
}
