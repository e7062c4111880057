import { hash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The store's one folder within the path that it is given, which is also its mark: to make a folder is one step, so
 * nobody ever sees a half-made mark. The number is that of the layout.
 */
export const MARK = 'cachette-files-1'

/** Marks of this and of later layouts. */
export const ANY_MARK = /^cachette-files-\d+$/

/** Where things lie. */
export class Layout {
  readonly base: string
  /** `aa/bb/<sha256 of the key in hex>`: a million entries are sixteen to a folder. */
  readonly entries: string
  /** What is about to be written or removed: `claims.ts`. */
  readonly claims: string
  /** What has been removed, and is deleted in the background. */
  readonly trash: string

  constructor(path: string) {
    this.base = join(path, MARK)
    this.entries = join(this.base, 'entries')
    this.claims = join(this.base, 'claims')
    this.trash = join(this.base, 'trash')
  }

  /** The folders from the top down to the one that holds the entry of this name. */
  foldersOf(name: string): readonly [top: string, leaf: string] {
    const top = join(this.entries, name.slice(0, 2))
    return [top, join(top, name.slice(2, 4))]
  }

  entry(name: string): string {
    return join(this.entries, name.slice(0, 2), name.slice(2, 4), name)
  }

  /** What is not there is a miss only where the store is: fails where that is gone, as when a disk is unmounted. */
  async check(): Promise<void> {
    await access(this.claims)
  }
}

/** Of letters and digits alone, of one length, in one case: safe on every file system. */
export function nameOf(key: string): string {
  return hash('sha256', key)
}

const NAME = /^[0-9a-f]{64}$/

/** What else lies in the folders is nobody's entry, and is left alone. */
export function isName(file: string): boolean {
  return NAME.test(file)
}
