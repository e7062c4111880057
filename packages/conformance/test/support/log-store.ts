import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { CacheError, type Call, type Change, decide, type Entry, type Page, type Store } from '@cachette/core'

/** What a log store does that a broken one does otherwise. */
export interface Ways {
  /** Puts the records of one call into the file. */
  append(handle: FileHandle, records: readonly Buffer[]): Promise<void>
  /** Whether the bytes of a record are what their checksum says. */
  isWhole(body: Buffer, sum: number): boolean
  /** Whether the changes of one call are one record. */
  readonly oneRecord: boolean
  /** What becomes of bytes that are no record. */
  onGarbage(): void
}

export const RIGHT: Ways = {
  append: async (handle, records) => {
    await handle.appendFile(Buffer.concat(records))
  },
  isWhole: (body, sum) => crc32(body) === sum,
  oneRecord: true,
  onGarbage: () => undefined,
}

const HEAD = 8
const COMPACTED_BYTES = 8 * 1024 * 1024

type Logged = Omit<Entry, 'value'> & { readonly bytes: number }

/** A log that changes are appended to, and all of it in memory: as small as a store can be that survives a kill. */
export class LogStore implements Store {
  readonly name: string = 'log'
  readonly contract = 1
  readonly traits: Store['traits'] = {
    values: 'bytes',
    lives: 'disk',
    shared: false,
    scan: 'unordered',
    conditional: 'process',
    atomicBatch: true,
    evicts: 'no',
    maxValueBytes: Infinity,
    sync: 'reads',
    isolated: true,
    streams: false,
  }
  readonly #entries = new Map<string, Entry>()
  readonly #handle: FileHandle
  readonly #ways: Ways
  #last: Promise<unknown> = Promise.resolve()

  private constructor(handle: FileHandle, entries: Map<string, Entry>, ways: Ways) {
    this.#handle = handle
    this.#entries = entries
    this.#ways = ways
  }

  /** Reads the log as far as it is whole, and goes on behind that. */
  static async open(path: string, ways: Ways = RIGHT): Promise<LogStore> {
    const log = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
    const { entries, end } = replay(log, ways)
    rmSync(temporary(path), { force: true })
    if (end > COMPACTED_BYTES) {
      writeFileSync(temporary(path), Buffer.concat([...entries].map(([key, entry]) => record([[key, entry]]))))
      renameSync(temporary(path), path)
    }
    const handle = await open(path, 'a+').catch((error: unknown) => {
      throw failure(error)
    })
    if (end <= COMPACTED_BYTES) await handle.truncate(end)
    return new LogStore(handle, entries, ways)
  }

  read(keys: readonly string[]): readonly (Entry | undefined)[] {
    return keys.map((key) => copy(this.#entries.get(key)))
  }

  async write(changes: readonly Change[], call: Call): Promise<readonly boolean[]> {
    const mine = changes.map((change) => ({ ...change, entry: copy(change.entry) }))
    return this.#next(async () => {
      const after = new Map<string, Entry | undefined>()
      const answers = mine.map((change) => {
        const { key, entry } = change
        const verdict = decide(change, after.has(key) ? after.get(key) : this.#entries.get(key), call.now)
        if (verdict.apply) after.set(key, entry)
        return verdict.answer
      })
      await this.#log([...after])
      return answers
    })
  }

  async *scan(prefix: string): AsyncIterable<Page> {
    const page = [...this.#entries].filter(([key]) => key.startsWith(prefix))
    for (const [key, entry] of page) yield [[key, { ...entry, value: entry.value.slice() }]]
  }

  clear(prefix: string): Promise<void> {
    const below = (): string[] => [...this.#entries.keys()].filter((key) => key.startsWith(prefix))
    return this.#next(() => this.#log(below().map((key) => [key, undefined])))
  }

  async close(): Promise<void> {
    await this.#last
    await this.#handle.close()
  }

  async #log(changes: readonly Logging[]): Promise<void> {
    const records = this.#ways.oneRecord ? [record(changes)] : changes.map((change) => record([change]))
    const { size } = await this.#handle.stat()
    await this.#ways.append(this.#handle, records).catch(async (error: unknown) => {
      await this.#handle.truncate(size)
      throw failure(error)
    })
    for (const change of changes) apply(this.#entries, change)
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

export function temporary(path: string): string {
  return `${path}.tmp`
}

type Logging = readonly [key: string, entry: Entry | undefined]

/** Length and checksum, then for each change its header as JSON, a line's end, and its value. */
function record(changes: readonly Logging[]): Buffer {
  const parts = changes.flatMap(([key, entry]) => {
    const { value, ...header } = entry ?? { value: new Uint8Array() }
    const bytes = entry === undefined ? -1 : value.length
    return [Buffer.from(`${JSON.stringify([key, bytes, header], forever)}\n`), value]
  })
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(HEAD)
  head.writeUInt32LE(body.length, 0)
  head.writeUInt32LE(crc32(body), 4)
  return Buffer.concat([head, body])
}

function replay(log: Buffer, ways: Ways): { readonly entries: Map<string, Entry>; readonly end: number } {
  const entries = new Map<string, Entry>()
  let at = 0
  while (at + HEAD <= log.length) {
    const body = log.subarray(at + HEAD, at + HEAD + log.readUInt32LE(at))
    if (!ways.isWhole(body, log.readUInt32LE(at + 4))) break
    for (const change of changesIn(body)) apply(entries, change)
    at += HEAD + body.length
  }
  if (at < log.length) ways.onGarbage()
  return { entries, end: at }
}

function* changesIn(body: Buffer): Iterable<Logging> {
  for (let at = 0; at < body.length; ) {
    const line = body.indexOf(10, at)
    const [key, bytes, header] = JSON.parse(body.toString('utf8', at, line), reviving) as [string, number, Logged]
    const end = line + 1 + Math.max(bytes, 0)
    yield [key, bytes < 0 ? undefined : { ...header, value: Uint8Array.from(body.subarray(line + 1, end)) }]
    at = end
  }
}

function apply(entries: Map<string, Entry>, [key, entry]: Logging): void {
  if (entry === undefined) entries.delete(key)
  else entries.set(key, entry)
}

const copy = (entry: Entry | undefined): Entry | undefined => entry && { ...entry, value: entry.value.slice() }
const forever = (_: string, value: unknown): unknown => (value === Infinity ? null : value)
const reviving = (_: string, value: unknown): unknown => (value === null ? Infinity : value)

function failure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC') return new CacheError('FULL', 'no room for the log', { cause: error })
  if (code === 'EROFS' || code === 'EACCES')
    return new CacheError('READ_ONLY', 'the log takes no more', { cause: error })
  return error
}
