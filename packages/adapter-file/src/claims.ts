import { access, link, mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { CacheError } from '@cachette/core'
import { conflict, isFolder, unique } from './claim-names.js'
import { failedWith, MISSING, unless } from './errors.js'
import { File } from './io.js'
import type { Layout } from './layout.js'
import { Spares } from './spares.js'

/**
 * How processes change entries without a lock. Who is about to change one says so by a claim, a file or folder of its
 * own, and changes it by one rename that leads through the claim: out of the file that is to be the entry, or into the
 * folder that takes the removed one. Whoever deletes the claim before that has undone it for good, since a rename from
 * or to what is not there fails. So:
 *
 * 1. make a claim;
 * 2. look for others', and end those that conflict: wait a little for them, then delete them;
 * 3. judge what is stored now;
 * 4. rename.
 *
 * Of two that conflict, at least one sees the other in step 2, since both have said so before they look. What it sees
 * is done or undone before it judges, so between a judgement and its rename nobody else has changed the entry. Nobody
 * waits for the dead, and what the dead leave behind is never an entry: neither lost nor brought back.
 */

/** How often others that conflict are looked for again, a pause apart; then they are taken for dead. More each attempt. */
const PATIENCE = 3
const PAUSE_MS = 1

/** Each attempt is undone only by another that goes on. */
const MAX_ATTEMPTS = 200

/** A folder that goes away at the moment it is needed is made again; a sweep clears away empty ones. */
const MAX_FOLDERS = 50

export interface PutOptions {
  /** Makes the claim's file, with the whole entry in it. */
  readonly make: (claim: string) => Promise<void>
  /** Whether to go on, by what is stored now; without it the put is for sure. */
  readonly judge?: (() => Promise<boolean>) | undefined
}

export interface CutOptions<T> {
  readonly judge?: (() => Promise<boolean>) | undefined
  /** Gives up where others are about to change the same. */
  readonly yields?: boolean | undefined
  /** Looks at what was taken out, before it is gone. */
  readonly look: (taken: string) => Promise<T>
}

export class Claims {
  readonly #layout: Layout
  readonly #fsync: boolean
  readonly #spares: Spares
  /** Others' folders that have taken something: done, whoever may still clear them away. */
  readonly #done = new Set<string>()

  /** With `fsync` a change is on the device when it is answered. */
  constructor(layout: Layout, fsync: boolean) {
    this.#layout = layout
    this.#fsync = fsync
    this.#spares = new Spares(() => this.#path(unique('', 'spare')))
  }

  /** Makes sure that something can be removed where there is no room left. */
  async prepare(): Promise<void> {
    await this.#spares.prepare()
  }

  async close(): Promise<void> {
    await this.#spares.close()
  }

  /** Where a file can be made that is linked to a claim later. */
  stage(): string {
    return this.#path(unique('', 'stage'))
  }

  /** Whether the entry is stored; false where it was judged not to be. */
  async put(name: string, { make, judge }: PutOptions): Promise<boolean> {
    const purpose = judge === undefined ? 'put' : 'judged-put'
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const claim = unique(name, purpose)
      const path = this.#path(claim)
      try {
        await make(path)
        if (!(await this.#alone(claim, attempt))) continue
        if (judge !== undefined && !(await judge())) {
          await unless(MISSING, unlink(path))
          return false
        }
        if (await this.#moveIn(path, name)) return true
      } catch (error) {
        await unlink(path).catch(() => undefined) // It may never have been made; what failed is told.
        throw error
      }
    }
    throw crowded()
  }

  /** Takes out the entry of that name, or with none all there are; nothing where nothing was, or by judgement. */
  async cut<T>(name: string, { judge, yields, look }: CutOptions<T>): Promise<T | undefined> {
    const purpose = judge === undefined ? 'cut' : 'judged-cut'
    const source = name === '' ? this.#layout.entries : this.#layout.entry(name)
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const claim = unique(name, purpose)
      const path = this.#path(claim)
      await this.#spares.lend(path)
      let isEmpty = true
      try {
        if (!(await this.#alone(claim, attempt, yields))) {
          if (yields === true) return undefined
          continue
        }
        if (judge !== undefined && !(await judge())) return undefined
        const taken = join(path, 'taken')
        if (await moved(source, taken)) {
          isEmpty = false
          const answer = await afterwards(this.#flush(dirname(source)).then(() => look(taken)))
          isEmpty = true
          return answer
        }
        if (await exists(path)) return undefined
      } finally {
        await this.#spares.takeBack(path, isEmpty)
      }
    }
    throw crowded()
  }

  /** Forgets what it knows of others' folders, which are cleared away by now. */
  forget(): void {
    this.#done.clear()
  }

  /** Whether nobody else can change the entry any more; false where the own claim is gone. */
  async #alone(own: string, attempt: number, yields = false): Promise<boolean> {
    // Two that wait for each other are not to lose patience together.
    const patience = PATIENCE * attempt * (0.5 + Math.random())
    let ahead: readonly string[] | undefined
    for (let looks = 1; ; looks += 1) {
      const all = await readdir(this.#layout.claims)
      if (!all.includes(own)) return false
      // Who comes later has to mind this one.
      ahead = (ahead ?? all.filter((other) => conflict(own, other) && !this.#done.has(other))).filter((one) =>
        all.includes(one),
      )
      if (ahead.length === 0) return true
      if (yields) return false
      if (looks > patience) break
      await pause(PAUSE_MS)
    }
    for (const other of ahead) await this.#undo(other)
    return true
  }

  async #undo(claim: string): Promise<void> {
    const path = this.#path(claim)
    if (!isFolder(claim)) await unless(MISSING, unlink(path))
    else {
      try {
        await rmdir(path)
      } catch (error) {
        if (failedWith(error, ...MISSING)) return
        if (!failedWith(error, 'ENOTEMPTY', 'EEXIST')) throw error
        this.#done.add(claim)
      }
    }
  }

  async #moveIn(claim: string, name: string): Promise<boolean> {
    for (let tries = 0; tries < MAX_FOLDERS; tries += 1) {
      if (await moved(claim, this.#layout.entry(name))) {
        await afterwards(this.#flush(this.#layout.foldersOf(name)[1]))
        return true
      }
      if (!(await exists(claim))) return false
      await this.#makeFolders(name)
    }
    throw crowded()
  }

  /** Never above the store's own folder: where that is gone, what is mounted there is not there. */
  async #makeFolders(name: string): Promise<void> {
    for (const folder of [this.#layout.entries, ...this.#layout.foldersOf(name)]) {
      try {
        await mkdir(folder)
        await this.#flush(dirname(folder))
      } catch (error) {
        // What is above it may have been cleared away meanwhile; then all is tried again.
        if (!failedWith(error, 'EEXIST', 'ENOENT')) throw error
      }
    }
  }

  /** The names in it; one that is gone by now has nothing to keep. */
  async #flush(folder: string): Promise<void> {
    if (this.#fsync) await unless(MISSING, File.flushFolder(folder))
  }

  #path(claim: string): string {
    return join(this.#layout.claims, claim)
  }
}

/** Gives a staged file its claim, and keeps it staged, so that a claim that was undone can be made again. */
export function claimOf(staged: string): (claim: string) => Promise<void> {
  return (claim) => link(staged, claim)
}

/** What fails when the change has been made does not say that it has not. */
async function afterwards<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new CacheError('BACKEND', 'the change was made, but what comes after it failed', {
      outcome: 'unknown',
      cause,
    })
  }
}

/** False where the one or the other is not there. */
async function moved(from: string, to: string): Promise<boolean> {
  return (
    (await unless(
      MISSING,
      rename(from, to).then(() => true),
    )) === true
  )
}

async function exists(path: string): Promise<boolean> {
  return (
    (await unless(
      MISSING,
      access(path).then(() => true),
    )) === true
  )
}

function crowded(): CacheError {
  return new CacheError('BUSY', 'others are changing the same entry all the time', { outcome: 'none' })
}
