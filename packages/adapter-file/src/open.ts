import { mkdir, readdir, realpath } from 'node:fs/promises'
import { CacheError } from '@cachette/core'
import { Lanes } from '@cachette/core/adapter'
import { failedWith } from './errors.js'
import { ANY_MARK, Layout, MARK } from './layout.js'

/** One for each real path, so that all stores on it in this thread keep one order. */
interface Shared {
  readonly lanes: Lanes
  users: number
}

const byPath = new Map<string, Shared>()

/** The folder of a store: opened by the first call that needs it, and again by the next where that failed. */
export class Folder {
  readonly layout: Layout
  readonly #path: string
  readonly #onOpen: () => Promise<void>
  #opening: Promise<Lanes> | undefined
  #real: string | undefined
  #lanes: Lanes | undefined

  /** Stores that are handed lanes of their own meet as those of different processes do. */
  constructor(path: string, onOpen: () => Promise<void>, lanes?: Lanes) {
    this.#path = path
    this.layout = new Layout(path)
    this.#onOpen = onOpen
    this.#lanes = lanes
  }

  /** Gives the order of all calls on this path. */
  opened(): Promise<Lanes> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined) // Who called for it has heard of it.
    if (this.#real !== undefined) release(this.#real)
    this.#real = undefined
  }

  async #open(): Promise<Lanes> {
    await this.#makeRoot()
    const names = await readdir(this.#path)
    if (!names.includes(MARK)) refuseOthers(names)
    const { base, entries, claims, trash } = this.layout
    for (const folder of [base, entries, claims, trash]) await make(folder)
    this.#real ??= await realpath(base)
    this.#lanes ??= retain(this.#real)
    await this.#onOpen()
    return this.#lanes
  }

  async #makeRoot(): Promise<void> {
    try {
      await mkdir(this.#path, { recursive: true })
    } catch (error) {
      if (!failedWith(error, 'EEXIST', 'ENOTDIR')) throw error
      throw new CacheError(
        'INVALID_OPTION',
        'files: expected path to be a folder, got something else on the way there',
        { operation: 'open', source: 'files', cause: error },
      )
    }
  }
}

/** Nobody else's folder is ever written to, let alone cleared. */
function refuseOthers(names: readonly string[]): void {
  if (names.length === 0) return
  const other = names.find((name) => ANY_MARK.test(name))
  const what = other === undefined ? 'one that holds something else' : `a store of another layout, ${other}`
  throw new CacheError('INVALID_OPTION', `files: expected path to be an empty folder or a store, got ${what}`, {
    operation: 'open',
    source: 'files',
    details: { files: names.length },
  })
}

async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!failedWith(error, 'EEXIST')) throw error
  }
}

function retain(path: string): Lanes {
  const shared = byPath.get(path) ?? { lanes: new Lanes(), users: 0 }
  shared.users += 1
  byPath.set(path, shared)
  return shared.lanes
}

function release(path: string): void {
  const shared = byPath.get(path)
  if (shared === undefined) return
  shared.users -= 1
  if (shared.users === 0) byPath.delete(path)
}
