import type { Slice } from '@cachette/core/adapter'

/** How many entries are looked at before others have their turn. */
const SLICE = 256

/** A way through all that a store lists, in slices. */
export class Walk {
  readonly #rows: AsyncGenerator<readonly [name: string, value: unknown], void, undefined>

  constructor(rows: AsyncGenerator<readonly [name: string, value: unknown], void, undefined>) {
    this.#rows = rows
  }

  /** `reclaim` answers how many bytes are gone. */
  async slice(reclaim: (name: string, value: unknown) => Promise<number | undefined>): Promise<Slice<Walk>> {
    let reclaimed = 0
    let bytes = 0
    for (let examined = 0; examined < SLICE; examined += 1) {
      const row = await this.#rows.next()
      if (row.done === true) return { examined, reclaimed, bytes, next: undefined }
      const gone = await reclaim(...row.value)
      if (gone === undefined) continue
      reclaimed += 1
      bytes += gone
    }
    return { examined: SLICE, reclaimed, bytes, next: this }
  }

  /** Lets go of what the store holds for it. */
  async end(): Promise<void> {
    await this.#rows.return()
  }
}
