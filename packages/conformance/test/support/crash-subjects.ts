import { existsSync, writeFileSync } from 'node:fs'
import type { CrashSubject } from '@cachette/conformance/crash'
import { CacheError } from '@cachette/core'
import { LogStore, RIGHT, temporary, type Ways } from './log-store.js'
import { mapStore } from './map-store.js'
import { type SharedWays, sharedStore } from './shared-store.js'

const leftovers = (path: string): string[] => [temporary(path), `${path}.lock`].filter((file) => existsSync(file))

function subject(name: string, ways: Partial<Ways>): CrashSubject {
  return { name, open: (path) => LogStore.open(path, { ...RIGHT, ...ways }), leftovers }
}

export const crashSubject: CrashSubject = subject('log', {})

export const acknowledgesEarly = subject('acknowledges before it writes', {
  append: async (handle, records) => {
    setImmediate(() => void handle.appendFile(Buffer.concat(records)))
  },
})

export const tearsValues = subject('takes any record as it is', {
  append: async (handle, records) => {
    const all = Buffer.concat(records)
    for (let at = 0; at < all.length; at += 100) await handle.appendFile(all.subarray(at, at + 100))
  },
  isWhole: () => true,
})

export const halvesBatches = subject('writes each change by itself', {
  append: async (handle, records) => {
    for (const record of records) {
      await handle.appendFile(record)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  },
  oneRecord: false,
})

/** Keeps removals in mind alone. */
export const forgetsRemovals: CrashSubject = {
  name: 'forgets removals',
  open: async (path) => {
    const store = await LogStore.open(path)
    const removed = new Set<string>()
    return {
      name: 'forgetful',
      contract: 1,
      traits: store.traits,
      read: (keys) => store.read(keys).map((entry, index) => (removed.has(keys[index] ?? '') ? undefined : entry)),
      write: async (changes, call) => {
        for (const { key, entry } of changes) {
          if (entry === undefined) removed.add(key)
          else removed.delete(key)
        }
        const puts = changes.filter(({ entry }) => entry !== undefined)
        if (puts.length > 0) await store.write(puts, call)
        return changes.map(() => true)
      },
      async *scan(prefix) {
        for await (const page of store.scan(prefix)) yield page.filter(([key]) => !removed.has(key))
      },
      clear: (prefix) => store.clear(prefix),
      close: () => store.close(),
    }
  },
}

export const staysLocked: CrashSubject = {
  name: 'leaves its lock',
  open: async (path) => {
    try {
      writeFileSync(`${path}.lock`, '', { flag: 'wx' })
    } catch (error) {
      throw new CacheError('LOCKED', 'another process holds the log', { cause: error })
    }
    return LogStore.open(path)
  },
}

export const waitsForALock: CrashSubject = {
  name: 'waits for its lock',
  open: async (path) => {
    if (existsSync(`${path}.lock`)) await new Promise((resolve) => setInterval(resolve, 1_000_000))
    writeFileSync(`${path}.lock`, '')
    return LogStore.open(path)
  },
}

export const leavesFiles: CrashSubject = {
  ...crashSubject,
  name: 'leaves files',
  open: async (path) => {
    const store = await LogStore.open(path)
    writeFileSync(temporary(path), '')
    return store
  },
}

/** Scans what was written since it was opened, and nothing else. */
export const scansTheNew: CrashSubject = {
  name: 'scans the new',
  open: async (path) => {
    const store = await LogStore.open(path)
    return {
      name: 'new',
      contract: 1,
      traits: store.traits,
      read: (keys) => store.read(keys),
      write: (changes, call) => store.write(changes, call),
      async *scan() {
        yield []
      },
      clear: (prefix) => store.clear(prefix),
      close: () => store.close(),
    }
  },
}

export const abortsOnGarbage = subject('aborts on garbage', { onGarbage: () => process.abort() })

export const trustsBytes = subject('takes bytes as they are', { isWhole: (body) => isJson(body) })

function isJson(body: Buffer): boolean {
  return body.length > 0 && body[0] === 0x5b
}

export const hangsOnGarbage = subject('hangs on garbage', {
  onGarbage: () => {
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
  },
})

export const throwsOnGarbage = subject('throws on garbage', {
  onGarbage: () => {
    throw new RangeError('offset is out of bounds')
  },
})

export const takesAllInFullDisk = subject('acknowledges what finds no room', {
  append: async (handle, records) => {
    await handle.appendFile(Buffer.concat(records)).catch(() => undefined)
  },
})

export const sticksWhenFull = subject('never writes again', {
  append: async (handle, records) => {
    if (stuck.has(handle)) throw new CacheError('FULL', 'no room for the log')
    stuck.add(handle)
    await RIGHT.append(handle, records)
    stuck.delete(handle)
  },
})
const stuck = new WeakSet<object>()

export const saysNotThatItIsFull = subject('fails without a reason', {
  append: async (handle, records) => {
    try {
      await RIGHT.append(handle, records)
    } catch (error) {
      throw new Error('the log could not be written', { cause: error })
    }
  },
})

export const startsAnew: CrashSubject = {
  name: 'starts anew where it may not write',
  open: (path) => LogStore.open(path).catch(() => mapStore()),
}

export const saysNotThatItIsReadOnly: CrashSubject = {
  name: 'fails to open without a reason',
  open: (path) =>
    LogStore.open(path).catch((error: unknown) => {
      throw new Error('the log could not be opened', { cause: error })
    }),
}

const inOrder: SharedWays = { locks: true, remembersMs: 0, atOnce: true }

function shared(name: string, ways: Partial<SharedWays>): CrashSubject {
  return { name, open: (path) => sharedStore(path, { ...inOrder, ...ways }) }
}

export const sharesFiles = shared('shared files', {})

export const locksNothing = shared('locks nothing', { locks: false })

export const remembersOwnReads = shared('remembers what it read', { remembersMs: 10_000 })

export const writesInHalves = shared('writes in halves', { atOnce: false })

const said = [{ law: 'B4', reason: 'by design', link: 'here' }] as const

export const deviates: CrashSubject = { ...halvesBatches, deviations: said }

export const saysThatItDeviates: CrashSubject = { ...crashSubject, deviations: said }

export const inMemory: CrashSubject = { name: 'in memory', open: () => mapStore() }

export const noSubject = { name: 'nothing to open' }
