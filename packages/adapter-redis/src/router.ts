import type { Awaitable } from '@cachette/core'
import type { Command } from './command.js'
import type { Terms } from './question.js'
import type { Server } from './server.js'

/** Brings what is asked of a name to the server that has it. */
export interface Router {
  /** Whether questions about a name arrive in the order in which they were asked; not where some are sent on. */
  readonly keepsOrder: boolean
  /** The answer of the server that has the name. */
  ask(name: string, command: Command, terms: Terms): Promise<unknown>
  /** The same over a connection of its own, for when what came over the usual one is in doubt. */
  askAfresh(name: string, command: Command, terms: Terms): Promise<unknown>
  /** What is stored under each name. */
  values(names: readonly string[], terms: Terms): Promise<readonly unknown[]>
  /** The head of each, and behind it how long the whole is. */
  heads(names: readonly string[], terms: Terms): Promise<readonly unknown[]>
  unlink(names: readonly string[], terms: Terms): Promise<void>
  /** Lets the next call for the name have another connection. */
  renew(name: string): void
  /** Every server that has names of its own. */
  masters(terms: Terms): Awaitable<readonly Server[]>
  /** Says the same as long as every name stays where it is; fails while one is being moved. */
  arrangement(terms: Terms): Awaitable<string>
  close(): void
}

/** All names are on one server, or on the one that sentinels say is the master. */
export class SingleRouter implements Router {
  readonly keepsOrder = true
  readonly #server: Server

  constructor(server: Server) {
    this.#server = server
  }

  ask(_name: string, command: Command, terms: Terms): Promise<unknown> {
    return this.#server.ask(command, terms)
  }

  askAfresh(_name: string, command: Command, terms: Terms): Promise<unknown> {
    return this.#server.askAfresh(command, terms)
  }

  values(names: readonly string[], terms: Terms): Promise<readonly unknown[]> {
    return this.#server.read(names, 0, 'value', terms)
  }

  heads(names: readonly string[], terms: Terms): Promise<readonly unknown[]> {
    return this.#server.read(names, 0, 'header', terms)
  }

  async unlink(names: readonly string[], terms: Terms): Promise<void> {
    if (names.length > 0) await this.#server.ask(['UNLINK', ...names], terms)
  }

  renew(): void {
    this.#server.link.renew()
  }

  masters(): readonly Server[] {
    return [this.#server]
  }

  arrangement(): string {
    return ''
  }

  close(): void {
    this.#server.link.close()
  }
}
