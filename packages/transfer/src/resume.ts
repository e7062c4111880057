import { CacheError, type Shell } from '@cachette/core'
import { type Checkpoint, type Counts, NO_COUNTS } from './checkpoint.js'
import type { Headed } from './source.js'

/** What a checkpoint must agree in with the transfer that goes on from it. */
export type Names = Pick<Checkpoint, 'operation' | 'from' | 'to' | 'prefix'>

/** A checkpoint of another transfer would leave out what this one has to copy. */
export function checkSame(checkpoint: Checkpoint, own: Names): void {
  for (const name of ['operation', 'from', 'to', 'prefix'] as const) {
    if (checkpoint[name] === own[name]) continue
    const text = `${own.operation}: expected a checkpoint with ${name} "${own[name]}", got "${checkpoint[name]}"`
    throw new CacheError('INVALID_OPTION', text)
  }
}

/** How far a walk through a store has come, and what a later one need not go through again. */
export class Progression {
  readonly #names: Names
  readonly #ordered: boolean
  readonly #skipTo: Buffer | undefined
  /** As of the last page that is done: what is begun anew must not be counted twice. */
  #after: string | undefined
  #counts: Counts

  constructor(store: Shell<unknown>, names: Names, checkpoint: Checkpoint | undefined) {
    if (checkpoint !== undefined) checkSame(checkpoint, names)
    this.#names = names
    this.#ordered = store.traits.scan === 'ordered'
    // Without an order everything is gone through again, and counted again.
    const resumed = this.#ordered ? checkpoint : undefined
    this.#after = resumed?.after
    this.#counts = resumed?.counts ?? NO_COUNTS
    this.#skipTo = this.#after === undefined ? undefined : Buffer.from(this.#after)
  }

  get checkpoint(): Checkpoint {
    return { ...this.#names, after: this.#after, lines: 0, counts: this.#counts }
  }

  /** What of a page comes after all that was done earlier. */
  left(page: readonly Headed[]): readonly Headed[] {
    const skipTo = this.#skipTo
    return skipTo === undefined ? page : page.filter(([key]) => Buffer.compare(Buffer.from(key), skipTo) > 0)
  }

  done(page: readonly Headed[], counts: Counts): void {
    if (this.#ordered) this.#after = page.at(-1)?.[0] ?? this.#after
    this.#counts = counts
  }
}
