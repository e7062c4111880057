import { type Awaitable, CacheError, isCacheError, isPromise } from '@cachette/core'
import type { Command } from './command.js'
import { replyWord } from './errors.js'
import { slotOf } from './keys.js'
import type { Nodes } from './nodes.js'
import type { Terms } from './question.js'
import type { Router } from './router.js'
import { HEADS } from './scripts.js'
import type { Server } from './server.js'
import { begunAgain } from './walk.js'

/** More than a cluster at rest or in motion needs; one that is at odds with itself sends on for ever. */
const MAX_REDIRECTIONS = 5

/** What is asked of names in a cluster goes to the masters of their slots, and after them where they have gone. */
export class ClusterRouter implements Router {
  readonly keepsOrder = false
  readonly #nodes: Nodes
  readonly #source: string

  constructor(nodes: Nodes, source: string) {
    this.#nodes = nodes
    this.#source = source
  }

  ask(name: string, command: Command, terms: Terms): Promise<unknown> {
    return this.#follow(slotOf(name), terms, (server, on) => server.ask(command, on))
  }

  askAfresh(name: string, command: Command, terms: Terms): Promise<unknown> {
    return this.#follow(slotOf(name), terms, (server, on) => server.askAfresh(command, on))
  }

  async values(names: readonly string[], terms: Terms): Promise<readonly unknown[]> {
    return this.#gathered(names, (some, slot) =>
      this.#follow(slot, terms, (server, on) => server.read(some, slot, 'value', on)).catch(
        eachAlone(some, async (name) => [await this.ask(name, ['GET', name], terms)]),
      ),
    )
  }

  async heads(names: readonly string[], terms: Terms): Promise<readonly unknown[]> {
    const pairs = await this.#gathered(names, async (some, slot) =>
      paired(
        await this.#follow(slot, terms, (server, on) => server.read(some, slot, 'header', on)).catch(
          eachAlone(some, async (name) => listIn(await this.ask(name, ['EVALSHA', HEADS.sha, 1, name], terms))),
        ),
      ),
    )
    return pairs.flat()
  }

  async unlink(names: readonly string[], terms: Terms): Promise<void> {
    await this.#gathered(names, async (some, slot) => {
      const each = eachAlone(some, async (name) => [await this.ask(name, ['UNLINK', name], terms)])
      await this.#follow(slot, terms, (server, on) => server.ask(['UNLINK', ...some], on)).catch(each)
      return some
    })
  }

  renew(name: string): void {
    const server = this.#nodes.masterOf(slotOf(name))
    server?.link.renew()
  }

  async masters(terms: Terms): Promise<readonly Server[]> {
    if (this.#nodes.masters().length === 0) await this.#nodes.refresh(terms)
    return this.#nodes.masters()
  }

  /** What each master says of itself: its name, and which slots it has. */
  async arrangement(terms: Terms): Promise<string> {
    const views = await Promise.all(
      (await this.masters(terms)).map((server) => server.ask(['CLUSTER', 'NODES'], terms)),
    )
    return views
      .map((view) => this.#ownLine(String(view), terms))
      .sort()
      .join('\n')
  }

  close(): void {
    this.#nodes.close()
  }

  #ownLine(view: string, { operation }: Terms): string {
    const [id, , flags, , , , , , ...slots] = (view.split('\n').find((line) => line.includes('myself')) ?? '').split(
      ' ',
    )
    if (!slots.some((slot) => slot.startsWith('['))) return [id, flags, ...slots].join(' ')
    throw begunAgain(operation, this.#source)
  }

  /** Asks the master of the slot, then whoever it says has it. */
  async #follow<T>(slot: number, terms: Terms, ask: (server: Server, terms: Terms) => Promise<T>): Promise<T> {
    const known = this.#serverOf(slot, terms)
    let server = isPromise(known) ? await known : known
    let on = terms
    for (let redirections = 0; ; redirections += 1) {
      try {
        return await ask(server, on)
      } catch (error) {
        const to = redirectionIn(error)
        if (to === undefined || redirections === MAX_REDIRECTIONS) {
          if (isCacheError(error) && isSuspect(error)) this.#nodes.suspect(terms)
          throw error
        }
        server = this.#nodes.at(to.address, server)
        on = { ...terms, isAsking: to.isForOnce }
        if (!to.isForOnce) this.#nodes.moved(slot, server, terms)
      }
    }
  }

  #serverOf(slot: number, terms: Terms): Awaitable<Server> {
    const known = this.#nodes.masterOf(slot)
    if (known !== undefined) return known
    return this.#nodes.refresh(terms).then(() => {
      const server = this.#nodes.masterOf(slot)
      if (server !== undefined) return server
      const { operation } = terms
      throw new CacheError('UNAVAILABLE', 'no server of the cluster has the slot', { operation, source: this.#source })
    })
  }

  /** One answer for each name, in order, from those that are asked slot by slot. */
  async #gathered<T>(
    names: readonly string[],
    ask: (names: readonly string[], slot: number) => Promise<readonly T[]>,
  ): Promise<T[]> {
    const places = new Map<number, number[]>()
    for (const [at, name] of names.entries()) {
      const slot = slotOf(name)
      const there = places.get(slot)
      if (there === undefined) places.set(slot, [at])
      else there.push(at)
    }
    const answers: T[] = []
    await Promise.all(
      [...places].map(async ([slot, there]) => {
        const some = await ask(
          there.map((at) => names[at] ?? ''),
          slot,
        )
        for (const [index, at] of there.entries()) {
          const answer = some[index]
          if (answer !== undefined) answers[at] = answer
        }
      }),
    )
    return answers
  }
}

/** While a slot is being moved, several of its names may be on two servers, and can be asked for only one by one. */
function eachAlone<T>(
  names: readonly string[],
  ask: (name: string) => Promise<readonly T[]>,
): (error: unknown) => Promise<readonly T[]> {
  return async (error) => {
    if (replyWord(error) !== 'TRYAGAIN') throw error
    return (await Promise.all(names.map(ask))).flat()
  }
}

interface Redirection {
  readonly address: string
  /** For this one question alone: the slot is still on its way. */
  readonly isForOnce: boolean
}

function redirectionIn(error: unknown): Redirection | undefined {
  const word = replyWord(error)
  if ((word !== 'MOVED' && word !== 'ASK') || !isCacheError(error) || !(error.cause instanceof Error)) return undefined
  const [, , address] = error.cause.message.split(' ')
  return address === undefined ? undefined : { address, isForOnce: word === 'ASK' }
}

/** Whether it may be that another server has become the master. */
function isSuspect(error: CacheError): boolean {
  return error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT' || error.code === 'READ_ONLY'
}

/** The head of each and how long the whole is, as one. */
function paired(answers: readonly unknown[]): (readonly unknown[])[] {
  return Array.from({ length: answers.length / 2 }, (_, at) => answers.slice(2 * at, 2 * at + 2))
}

function listIn(answer: unknown): readonly unknown[] {
  return Array.isArray(answer) ? answer : []
}
