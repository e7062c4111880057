import { readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { CacheError, toCacheError } from '@cachette/core'
import { errnoError } from '@cachette/core/adapter'
import { lock } from './lock.js'

/** One line of the journal. */
export interface Line {
  readonly kind: 'change' | 'done'
  readonly place: number
  readonly bytes: Uint8Array
}

/** Before each line: the length of its bytes, their checksum with the rest of the head, the kind, and the place. */
const HEAD_BYTES = 4 + 4 + 1 + 8
const KINDS = ['change', 'done'] as const

const SUFFIX = '.journal'

/** The files of a journal: appended to, begun anew when one is full, and rewritten when little of them is needed. */
export class Segments {
  readonly path: string
  readonly segmentBytes: number
  #file: FileHandle | undefined
  #number = 0
  #written = 0
  #total = 0
  #lines: Line[] = []
  /** Gives all that is needed, where that is to be written anew. */
  #needed: (() => readonly Line[]) | undefined
  #syncing: Promise<void> | undefined
  #isOpen = false
  #unlock: () => void = () => undefined

  constructor(path: string, segmentBytes: number) {
    this.path = path
    this.segmentBytes = segmentBytes
  }

  get bytes(): number {
    return this.#total
  }

  /** Every line that is whole, of every file in order. What follows a torn one in a file was never acknowledged. */
  async open(): Promise<{ readonly lines: readonly Line[]; readonly tornBytes: number }> {
    try {
      this.#unlock = lock(this.path)
    } catch (error) {
      throw failure('open', error)
    }
    const lines: Line[] = []
    const numbers = this.#numbers()
    let tornBytes = 0
    for (const number of numbers) {
      const bytes = readFileSync(this.#name(number))
      const whole = linesIn(bytes)
      lines.push(...whole)
      tornBytes += bytes.length - whole.reduce((sum, line) => sum + HEAD_BYTES + line.bytes.length, 0)
      this.#total += bytes.length
      if (bytes.length === 0) unlinkSync(this.#name(number))
    }
    this.#number = numbers.at(-1) ?? 0
    this.#isOpen = true
    await this.#next()
    return { lines, tornBytes }
  }

  add(line: Line): void {
    this.#lines.push(line)
  }

  /** What is needed of all there is when its turn comes: written into a file of its own, the others then go. */
  rewrite(needed: () => readonly Line[]): void {
    if (this.#needed !== undefined) return
    this.#needed = needed
    this.synced().catch(() => undefined)
  }

  /** Settles once all lines that have been added by now are on the disk. */
  async synced(): Promise<void> {
    // One that began earlier may have taken its lines before ours came.
    await this.#syncing?.catch(() => undefined)
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined
    })
    try {
      await this.#syncing
    } catch (error) {
      throw failure('write', error)
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      if (this.#lines.length > 0) await this.synced()
    } finally {
      await this.#file?.close()
      this.#unlock()
    }
  }

  async #sync(): Promise<void> {
    // Taken at once: whoever adds one later waits for a later turn, and hears what became of that.
    const lines = this.#lines
    const needed = this.#needed?.()
    this.#lines = []
    this.#needed = undefined
    try {
      // What is needed has the changes among the lines. Failing that, the lines still have their place.
      if (needed !== undefined && (await this.#isRewritten(needed))) return
      if (lines.length > 0) await this.#append(bytesOf(lines))
    } catch (error) {
      // Changes are refused. That something is done stays true: untold, it could come again after what came later.
      this.#lines = [...lines.filter(({ kind }) => kind === 'done'), ...this.#lines]
      throw error
    }
    if (this.#written >= this.segmentBytes) await this.#next()
  }

  async #isRewritten(needed: readonly Line[]): Promise<boolean> {
    try {
      await this.#rewrite(needed)
      return true
    } catch {
      return false
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    const file = this.#file
    if (file === undefined) throw new CacheError('CLOSED', 'the journal is closed', { source: 'writeBehind' })
    const before = this.#written
    try {
      await file.appendFile(bytes)
      await file.datasync()
      this.#written += bytes.length
      this.#total += bytes.length
    } catch (error) {
      // A torn line would hide those that come after it.
      await file.truncate(before).catch(() => this.#next())
      throw error
    }
  }

  /** Into a file that counts for nothing before it is whole, under the name of one that comes after all others. */
  async #rewrite(lines: readonly Line[]): Promise<void> {
    const old = this.#numbers()
    const part = join(this.path, 'rewriting')
    const bytes = bytesOf(lines)
    const file = await open(part, 'w')
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } catch (error) {
      await unlink(part)
      throw error
    } finally {
      await file.close()
    }
    await this.#file?.close()
    this.#number += 1
    await rename(part, this.#name(this.#number))
    await this.#next()
    for (const number of old) await unlink(this.#name(number))
    this.#total = bytes.length
  }

  async #next(): Promise<void> {
    await this.#file?.close()
    this.#number += 1
    this.#written = 0
    this.#file = await open(this.#name(this.#number), 'a')
    // Without it the file itself may be gone after a power cut, with all that is in it.
    const folder = await open(this.path, 'r')
    await folder.sync().finally(() => folder.close())
  }

  #numbers(): readonly number[] {
    return readdirSync(this.path)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b)
  }

  #name(number: number): string {
    return join(this.path, `${String(number).padStart(10, '0')}${SUFFIX}`)
  }
}

function failure(operation: string, error: unknown): CacheError {
  const facts = { operation, source: 'writeBehind' }
  return errnoError(error, { ...facts, writing: true }) ?? toCacheError(error, { ...facts, outcome: 'unknown' })
}

function bytesOf(lines: readonly Line[]): Uint8Array {
  const total = lines.reduce((sum, { bytes }) => sum + HEAD_BYTES + bytes.length, 0)
  const all = new Uint8Array(total)
  const view = new DataView(all.buffer)
  let at = 0
  for (const { kind, place, bytes } of lines) {
    view.setUint32(at, bytes.length)
    view.setUint8(at + 8, KINDS.indexOf(kind))
    view.setFloat64(at + 9, place)
    all.set(bytes, at + HEAD_BYTES)
    view.setUint32(at + 4, crc32(all.subarray(at + 8, at + HEAD_BYTES + bytes.length)))
    at += HEAD_BYTES + bytes.length
  }
  return all
}

function linesIn(all: Uint8Array): Line[] {
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
  const lines: Line[] = []
  let at = 0
  while (at + HEAD_BYTES <= all.length) {
    const end = at + HEAD_BYTES + view.getUint32(at)
    if (end > all.length || view.getUint32(at + 4) !== crc32(all.subarray(at + 8, end))) break
    const kind = KINDS[view.getUint8(at + 8)]
    if (kind === undefined) break
    lines.push({ kind, place: view.getFloat64(at + 9), bytes: all.slice(at + HEAD_BYTES, end) })
    at = end
  }
  return lines
}
