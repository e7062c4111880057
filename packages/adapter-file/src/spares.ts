import { mkdir, rename, rmdir } from 'node:fs/promises'
import { failedWith, MISSING, unless } from './errors.js'

/** How many are kept for later. */
const KEPT = 8

/**
 * Empty folders for what is taken out, used again and again: to make one takes room, and where there is none left it
 * must still be possible to remove something.
 */
export class Spares {
  readonly #nameOne: () => string
  readonly #waiting: (() => void)[] = []
  #free: string[] = []
  #lent = 0

  /** `nameOne` gives paths that nobody else has. */
  constructor(nameOne: () => string) {
    this.#nameOne = nameOne
  }

  /** Makes one for later. */
  async prepare(): Promise<void> {
    const path = this.#nameOne()
    await mkdir(path)
    this.#free.push(path)
  }

  /** An empty folder at this path. */
  async lend(path: string): Promise<void> {
    for (;;) {
      const spare = this.#free.pop()
      try {
        await (spare === undefined ? mkdir(path) : rename(spare, path))
        this.#lent += 1
        return
      } catch (error) {
        if (spare !== undefined) {
          if (!failedWith(error, ...MISSING)) throw error
        } else if (this.#lent > 0 && failedWith(error, 'ENOSPC', 'EDQUOT')) {
          await new Promise<void>((resolve) => this.#waiting.push(resolve))
        } else throw error
      }
    }
  }

  /** Takes it back, where it is still there. One with something in it is for a sweep. */
  async takeBack(path: string, isEmpty: boolean): Promise<void> {
    const spare = this.#nameOne()
    const isKept = isEmpty && this.#free.length < KEPT
    if (
      isKept &&
      (await unless(
        MISSING,
        rename(path, spare).then(() => true),
      )) === true
    )
      this.#free.push(spare)
    if (!isKept) await unless([...MISSING, 'ENOTEMPTY', 'EEXIST'], rmdir(path))
    this.#lent -= 1
    this.#waiting.shift()?.()
  }

  async close(): Promise<void> {
    const spares = this.#free
    this.#free = []
    // What is gone or full is no matter, and one more empty folder is none either.
    await Promise.allSettled(spares.map((spare) => rmdir(spare)))
  }
}
