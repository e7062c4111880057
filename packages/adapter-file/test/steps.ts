import { AsyncLocalStorage } from 'node:async_hooks'

/** A client's wish to make its next step on the file system. */
interface Wish {
  readonly client: number
  readonly grant: () => void
}

/** What a client comes to that has died: it makes no more steps, not even to clear up. */
class Died extends Error {}

/**
 * Lets clients make one step on the file system at a time, in an order that is drawn: what any of them does between
 * two steps of its own can then come between any two steps of another.
 */
export class Steps {
  readonly #clients = new AsyncLocalStorage<number>()
  readonly #turns: readonly number[]
  readonly #deaths: ReadonlyMap<number, number>
  readonly #made = new Map<number, number>()
  readonly #active = new Set<number>()
  #wishes: Wish[] = []
  #given = 0

  /** `turns` says whose step is next; `deaths`, after how many steps a client dies. */
  constructor(turns: readonly number[], deaths: ReadonlyMap<number, number>) {
    this.#turns = turns
    this.#deaths = deaths
  }

  /** Runs all of them to their end. */
  async run(programs: readonly (() => Promise<void>)[]): Promise<void> {
    for (const client of programs.keys()) this.#active.add(client)
    await Promise.all(
      programs.map((program, client) =>
        this.#clients.run(client, async () => {
          try {
            await this.turn()
            await program()
          } catch (error) {
            if (!this.#isDead(client)) throw error
          } finally {
            this.#active.delete(client)
            this.#grantNext()
          }
        }),
      ),
    )
  }

  /** Settles when the caller's next step may be made. Who is no client of these need not wait. */
  async turn(): Promise<void> {
    const client = this.#clients.getStore()
    if (client === undefined || !this.#active.has(client)) return
    if (this.#isDead(client)) throw new Died()
    await new Promise<void>((grant) => {
      this.#wishes.push({ client, grant })
      this.#grantNext()
    })
    this.#made.set(client, (this.#made.get(client) ?? 0) + 1)
  }

  #isDead(client: number): boolean {
    return (this.#made.get(client) ?? 0) > (this.#deaths.get(client) ?? Infinity)
  }

  /** Only when each of them has come to a step, so that nothing depends on how long one takes. */
  #grantNext(): void {
    for (const client of this.#active) if (!this.#wishes.some((wish) => wish.client === client)) return
    const wanted = this.#turns[this.#given]
    this.#given += 1
    const found = this.#wishes.findIndex(({ client }) => client === wanted)
    const [next] = this.#wishes.splice(Math.max(found, 0), 1)
    next?.grant()
  }
}
