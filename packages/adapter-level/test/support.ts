import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Call, type Change, type Clock, type Entry, newCall, type Store, versions } from '@cachette/core'
import { afterAll } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'cachette-level-'))
let made = 0

/** The kit makes thousands of files. */
const REMOVAL_MS = 60_000

afterAll(() => rmSync(root, { recursive: true, force: true }), REMOVAL_MS)

/** A path where nothing is yet; what is put there goes when the file's tests have run. */
export function freshPath(): string {
  made += 1
  return join(root, String(made))
}

/** A store at work, by the clock's time. */
export function using(store: Store, clock: Clock) {
  const made = versions(clock, 1)
  const call = (options?: Parameters<typeof newCall>[1]): Call => newCall(clock.now(), options)
  const put = (key: string, text: string, ttlMs = Infinity, when?: Change['when']): Change => {
    const entry = entryOf(Buffer.from(text), clock.now() + ttlMs, clock.now(), made.next())
    return { key, entry, version: entry.version, when }
  }
  return {
    call,
    put,
    set: (key: string, text: string, ttlMs?: number) => store.write([put(key, text, ttlMs)], call()),
    remove: (key: string) => store.write([{ key, entry: undefined, version: made.next() }], call()),
    async get(key: string): Promise<string | undefined> {
      const [found] = await store.read([key], call())
      return found?.value && Buffer.from(found.value).toString()
    },
    async keys(prefix = ''): Promise<readonly string[]> {
      const keys: string[] = []
      for await (const page of store.scan(prefix, call())) keys.push(...page.map(([key]) => key))
      return keys
    },
  }
}

function entryOf(value: Uint8Array, until: number, now: number, version: Entry['version']): Entry {
  const times = { createdAt: now, staleAt: until, expiresAt: until, keptUntil: until }
  return { ...times, version, kind: 'value', tags: [], marks: {}, size: value.length, value }
}
