import type { Change, Store, Traits, Version } from '@cachette/core'
import fc, { type Arbitrary } from 'fast-check'
import type { Trial } from './check.js'
import { broken } from './expect.js'
import { type HistoryRecorder, recordHistory } from './history/recorder.js'
import { checkHistory } from './history.js'
import { settleAll } from './overlap.js'

/** What one client does next, once its call before has been answered. */
export interface Turn {
  readonly key: string
  /** `add` puts where nothing is; `swap` puts over what the client saw last. */
  readonly verb: 'read' | 'put' | 'remove' | 'add' | 'swap'
}

const MAX_CLIENTS = 3
const MAX_TURNS = 5

/** The turns of two or three clients, on two keys. */
export function clientTurns({ conditional }: Traits): Arbitrary<readonly (readonly Turn[])[]> {
  const always: readonly Turn['verb'][] = ['read', 'put', 'remove']
  const verbs = conditional === 'none' ? always : [...always, 'add' as const, 'swap' as const]
  const turn: Arbitrary<Turn> = fc.record({ key: fc.constantFrom('a', 'b'), verb: fc.constantFrom(...verbs) })
  const turns = fc.array(turn, { minLength: 1, maxLength: MAX_TURNS })
  return fc.array(turns, { minLength: 2, maxLength: MAX_CLIENTS })
}

/** Lets all clients take their turns at the same time, and asks whether some order explains what they were told. */
export async function checkClients(
  trial: Trial,
  clients: readonly (readonly Turn[])[],
  storeOf: (client: number) => Store<unknown>,
  settle: <T>(answers: Promise<T>) => Promise<T>,
): Promise<void> {
  const history = recordHistory<string>()
  await settle(
    settleAll(clients.map((turns, client) => new Client(trial, storeOf(client), history, client).take(turns))),
  )
  const verdict = checkHistory(history.operations)
  if (!verdict.legal) broken('answers that an order of the calls explains', `none: ${verdict.text}`)
}

class Client {
  readonly #trial: Trial
  readonly #store: Store<unknown>
  readonly #history: HistoryRecorder<string>
  readonly #client: number
  readonly #seen = new Map<string, Version>()

  constructor(trial: Trial, store: Store<unknown>, history: HistoryRecorder<string>, client: number) {
    this.#trial = trial
    this.#store = store
    this.#history = history
    this.#client = client
  }

  async take(turns: readonly Turn[]): Promise<void> {
    for (const turn of turns) await this.#turn(turn)
  }

  async #turn({ key, verb }: Turn): Promise<void> {
    const client = this.#client
    if (verb === 'read') {
      await this.#history.read(key, () => this.#read(key), { client })
    } else if (verb === 'remove') {
      await this.#history.remove(key, () => this.#write(this.#trial.remove(key)), { client })
    } else {
      const seen = verb === 'swap' ? this.#seen.get(key) : undefined
      const change = this.#trial.put(key, verb === 'add' ? { when: 'absent' } : seen && { when: { version: seen } })
      const when = verb === 'add' ? 'absent' : seen && { value: nameOf(seen) }
      await this.#history.put(key, nameOf(change.version), () => this.#write(change), { client, when })
    }
  }

  async #read(key: string): Promise<string | undefined> {
    const [found] = await this.#store.read([key], this.#trial.call())
    if (found === undefined) return undefined
    this.#seen.set(key, found.version)
    return nameOf(found.version)
  }

  async #write(change: Change<unknown>): Promise<boolean> {
    const [done = false] = await this.#store.write([change], this.#trial.call())
    return done
  }
}

function nameOf({ time, count, writer }: Version): string {
  return `${time}.${count}.${writer}`
}
