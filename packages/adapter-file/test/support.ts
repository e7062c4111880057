import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fault, Subject } from '@cachette/conformance'
import type { Bytes, Change, Clock, Entry, Store, Version } from '@cachette/core'
import { Lanes } from '@cachette/core/adapter'
import { afterAll } from 'vitest'
import { FilesStore } from '../src/adapter.js'
import { Layout, nameOf } from '../src/layout.js'
import { type FileOptions, parse } from '../src/options.js'

/** A folder that is gone when the tests of the file are over. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-files-'))
  afterAll(() => rm(folder, { recursive: true, force: true }), 120_000)
  return folder
}

/** A store as another process would open it: it shares nothing with others on its path but the files. */
export function stranger(options: FileOptions): FilesStore {
  return new FilesStore(parse(options), new Lanes())
}

/** How the kit opens stores of files, and what it may do to them. */
export function fileSubject(): Subject & { readonly open: NonNullable<Subject['open']> } {
  const root = temporary()
  const paths = new Map<Store<Bytes>, string>()
  const opened = (path: string, clock: Clock): Store<Bytes> => {
    const store = stranger({ path, clock })
    paths.set(store, path)
    return store
  }
  const pathOf = (store: Store<Bytes>): string => paths.get(store) ?? ''
  const away = `${root}-away`
  return {
    name: 'files',
    open: ({ clock }) => opened(join(root, randomUUID()), clock),
    reopen: (closed, { clock }) => opened(pathOf(closed), clock),
    crash: (killed, { clock }) => opened(pathOf(killed), clock),
    join: (open, { clock }) => opened(pathOf(open), clock),
    faults: ['refuse', 'rubbish'],
    breakBackend(fault: Fault) {
      renameSync(root, away)
      if (fault === 'rubbish') writeFileSync(root, 'a file where the folder was')
    },
    healBackend() {
      try {
        readFileSync(root)
        rmSync(root)
      } catch {
        // There is no file in its place.
      }
      try {
        renameSync(away, root)
      } catch {
        // It is not away.
      }
    },
    damage(store, key) {
      const file = new Layout(pathOf(store)).entry(nameOf(key))
      const bytes = readFileSync(file)
      const last = bytes.length - 1
      bytes[last] = (bytes[last] ?? 0) ^ 1
      writeFileSync(file, bytes)
    },
  }
}

/** An entry of some text and lifetime, as a change holds it. */
export function entryOf(
  text: string,
  version: Version,
  now: number,
  ttlMs = Infinity,
): Pick<Change, 'version'> & { readonly entry: Entry } {
  const value = new TextEncoder().encode(text)
  const endsAt = now + ttlMs
  const entry: Entry = {
    createdAt: Math.min(now, endsAt),
    staleAt: endsAt,
    expiresAt: endsAt,
    keptUntil: endsAt,
    version,
    kind: 'value',
    tags: [],
    marks: {},
    size: value.length,
    value,
  }
  return { version, entry }
}
