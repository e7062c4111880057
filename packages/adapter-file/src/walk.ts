import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MISSING, unless } from './errors.js'
import { isName, type Layout } from './layout.js'

/** How much is gone through at a time: so many entries, or so many folders that hold few. */
const ENTRIES = 128
const FOLDERS = 32

/** A folder of entries, and the names in it as they were when it was come to: each once. */
export interface Leaf {
  readonly path: string
  readonly names: readonly string[]
}

/** Goes through all folders of entries, a few at a time, and holds nothing open in between. */
export class Walk {
  readonly #layout: Layout
  #tops: string[] | undefined
  #leaves: string[] = []

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** The next few folders; nothing at the end. */
  async next(): Promise<readonly Leaf[] | undefined> {
    const found: Leaf[] = []
    for (let entries = 0; entries < ENTRIES && found.length < FOLDERS; ) {
      const path = await this.#nextLeaf()
      if (path === undefined) break
      const names = (await this.#filesIn(path)).filter(isName)
      entries += names.length
      found.push({ path, names })
    }
    return found.length === 0 ? undefined : found
  }

  async #nextLeaf(): Promise<string | undefined> {
    this.#tops ??= await this.#topsNow()
    for (;;) {
      const leaf = this.#leaves.pop()
      if (leaf !== undefined) return leaf
      const top = this.#tops.pop()
      if (top === undefined) return undefined
      this.#leaves = (await this.#filesIn(top)).map((name) => join(top, name))
    }
  }

  async #topsNow(): Promise<string[]> {
    const { entries } = this.#layout
    return (await this.#filesIn(entries)).map((name) => join(entries, name))
  }

  /** One that is not there has been cleared away: no failure, short of the store itself being gone. */
  async #filesIn(folder: string): Promise<readonly string[]> {
    const files = await unless(MISSING, readdir(folder))
    if (files === undefined) await this.#layout.check()
    return [...new Set(files)]
  }
}
