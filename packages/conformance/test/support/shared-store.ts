import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { type Change, decide, type Entry, type Store } from '@cachette/core'

/** What a shared store does that a broken one does otherwise. */
export interface SharedWays {
  /** Whether a write keeps others out. */
  readonly locks: boolean
  /** For how long what was read is given again. */
  readonly remembersMs: number
  /** Whether a file is there at once, or first its one half. */
  readonly atOnce: boolean
}

const TRAITS: Store['traits'] = {
  values: 'bytes',
  lives: 'disk',
  shared: true,
  scan: 'none',
  conditional: 'shared',
  atomicBatch: false,
  evicts: 'no',
  maxValueBytes: 100_000,
  sync: 'none',
  isolated: true,
  streams: false,
}

/** A file for each key, and a lock round every write: as small as a store can be that several processes share. */
export function sharedStore(path: string, ways: SharedWays): Store {
  mkdirSync(path, { recursive: true })
  const remembered = new Map<string, { readonly entry: Entry | undefined; readonly until: number }>()
  const file = (key: string): string => join(path, Buffer.from(key).toString('hex'))

  const read = (key: string): Entry | undefined => {
    const known = remembered.get(key)
    if (known !== undefined && performance.now() < known.until) return known.entry
    const entry = readEntry(file(key))
    remembered.set(key, { entry, until: performance.now() + ways.remembersMs })
    return entry
  }
  const store = async (key: string, entry: Entry): Promise<void> => {
    const temporary = `${file(key)}.${process.pid}.${threadId}`
    const bytes = encoded(entry)
    if (ways.atOnce) {
      writeFileSync(temporary, bytes)
      renameSync(temporary, file(key))
      return
    }
    const handle = openSync(file(key), 'w')
    const half = bytes.length >> 1
    writeFileSync(handle, bytes.subarray(0, half))
    await othersTurn()
    writeFileSync(handle, bytes.subarray(half))
    closeSync(handle)
  }
  const apply = async (change: Change, now: number): Promise<boolean> => {
    const verdict = decide(change, read(change.key), now)
    if (!verdict.apply) return verdict.answer
    if (!ways.locks) await othersTurn()
    if (change.entry === undefined) rmSync(file(change.key), { force: true })
    else await store(change.key, change.entry)
    remembered.delete(change.key)
    return verdict.answer
  }
  return {
    name: 'shared files',
    contract: 1,
    traits: TRAITS,
    read: async (keys) => keys.map(read),
    write: async (changes, { now }) => {
      const lock = join(path, 'lock')
      while (ways.locks && !taken(lock)) await othersTurn()
      try {
        const answers: boolean[] = []
        for (const change of changes) answers.push(await apply(change, now))
        return answers
      } finally {
        if (ways.locks) rmSync(lock)
      }
    },
    // Never asked for, where it is not declared.
    async *scan() {
      yield []
    },
    clear: () => undefined,
    close: () => undefined,
  }
}

/** Long enough for other processes to come in between. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

function readEntry(file: string): Entry | undefined {
  try {
    return decoded(readFileSync(file))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function taken(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'))
    return true
  } catch (error) {
    // Another has it.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** The header as JSON, a line's end, and the value. */
function encoded({ value, ...header }: Entry): Buffer {
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(header, (_, one: unknown) => (one === Infinity ? null : one))}\n`),
    value,
  ])
}

function decoded(bytes: Buffer): Entry | undefined {
  const line = bytes.indexOf(10)
  if (line < 0) return undefined
  const header = JSON.parse(bytes.toString('utf8', 0, line), (_, one: unknown) => one ?? Infinity) as Omit<
    Entry,
    'value'
  >
  return { ...header, value: Uint8Array.from(bytes.subarray(line + 1)) }
}
