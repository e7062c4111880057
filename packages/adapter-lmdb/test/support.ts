import { mkdtempSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Call, type Change, type Clock, type Entry, newCall, versions } from '@cachette/core'
import { afterAll, test as base } from 'vitest'
import type { Lmdb } from '../src/adapter.js'
import { HEAD, numberAt } from '../src/layout.js'

/** Each test with a folder of its own, which is gone afterwards. */
export const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the parameter's names
  async folder({}, use) {
    const folder = await mkdtemp(join(tmpdir(), 'cachette-lmdb-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
})

/** A folder that is gone when the tests of the file are over; to be called while they are collected or run. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachette-lmdb-'))
  made.push(folder)
  return folder
}

const made: string[] = []

afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true, force: true })
})

export const dataIn = (folder: string): string => join(folder, 'data.mdb')

export const lockIn = (folder: string): string => join(folder, 'lock.mdb')

/** How many transactions have been committed, as the newest head of the file says. */
export function commitsIn(folder: string): number {
  const file = readFileSync(dataIn(folder))
  return Math.max(numberAt(file, HEAD.transaction), numberAt(file, file.readUInt32LE(HEAD.free) + HEAD.transaction))
}

export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** A store at work: puts and removes at the clock's time, and tells what it holds, expired or not. */
export function using(store: Lmdb, clock: Clock) {
  const made = versions(clock, 1)
  const call = (options?: Parameters<typeof newCall>[1]): Call => newCall(clock.now(), options)
  const put = (key: string, text: string, ttlMs = Infinity, graceMs = 0): Change => {
    const entry = entryOf(bytesOf(text), clock.now(), made.next(), ttlMs, graceMs)
    return { key, entry, version: entry.version }
  }
  const remove = (key: string): Change => ({ key, entry: undefined, version: made.next() })
  return {
    call,
    put,
    remove,
    write: (...changes: readonly Change[]) => store.write(changes, call()),
    text(key: string): string | undefined {
      const value = store.readOne(key, call())?.value
      return value && Buffer.from(value).toString()
    },
    async keys(prefix = ''): Promise<readonly string[]> {
      const keys: string[] = []
      for await (const page of store.scan(prefix, call({ want: 'header' }))) keys.push(...page.map(([key]) => key))
      return keys
    },
  }
}

function entryOf(value: Uint8Array, now: number, version: Entry['version'], ttlMs: number, graceMs: number): Entry {
  const times = { createdAt: now, staleAt: now + ttlMs, expiresAt: now + ttlMs, keptUntil: now + ttlMs + graceMs }
  return { ...times, version, kind: 'value', tags: [], marks: {}, size: value.length, value }
}
