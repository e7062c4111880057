import { createHash } from 'node:crypto'
import { type Bytes, CacheError, isCacheError } from '@cachette/core'
import type { Checkpoint } from '../checkpoint.js'
import type { Settings } from '../options.js'
import type { Keyed } from '../source.js'
import { entryOf } from './entry.js'
import { bad, type FirstLine, firstOf, isSealed, type LastLine, lastOf, OPENING, unsealed } from './format.js'
import { linesOf } from './lines.js'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Goes through an export line by line, and finds fault with what `exportTo` would not have written. */
export class Reader {
  readonly #source: AsyncIterable<Bytes | string>
  readonly #maxLineBytes: number
  readonly #signal: AbortSignal | undefined
  /** How far an earlier import came. */
  readonly #before: Pick<Checkpoint, 'lines' | 'sha256'>
  readonly #hash = createHash('sha256')
  #first: FirstLine | undefined
  #last: LastLine | undefined
  #line = 0
  #good = 0

  constructor(source: AsyncIterable<Bytes | string>, { maxLineBytes, signal, checkpoint }: Settings) {
    this.#source = source
    this.#maxLineBytes = maxLineBytes
    this.#signal = signal
    this.#before = checkpoint ?? { lines: 0 }
  }

  get first(): FirstLine | undefined {
    return this.#first
  }

  /** How many lines have been read. */
  get line(): number {
    return this.#line
  }

  /** The lines up to here are good, and are not the last. */
  get done(): Pick<Checkpoint, 'lines' | 'sha256'> {
    return { lines: this.#good, sha256: this.#hash.copy().digest('hex') }
  }

  /** Whether the last line was there, and so all of them. */
  get complete(): boolean {
    return this.#last !== undefined
  }

  /** The entry of each line that has one; those that an earlier import has done are not looked into. */
  async *entries(): AsyncIterable<Keyed> {
    const lines = linesOf(this.#source, this.#maxLineBytes, this.#signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await lines.next().catch((error: unknown) => {
          throw faultAt(this.#line + 1, error)
        })
        const isRest = next.done === true
        if (isRest && this.#isCutOff(next.value)) break
        this.#line += 1
        const entry = this.#read(next.value)
        if (entry !== undefined) yield entry
        if (isRest) break
      }
      if (this.#good < this.#before.lines) throw otherFile(`one of ${this.#before.lines} lines for ${this.#good}`)
    } finally {
      await lines.return(new Uint8Array(0))
    }
  }

  #read(line: Bytes): Keyed | undefined {
    try {
      if (this.#last !== undefined) throw bad('it comes after the last line')
      const isDone = this.#line > 1 && this.#line <= this.#before.lines
      const members = isDone ? undefined : unsealed(textOf(line))
      const entry = members === undefined ? undefined : this.#taken(members)
      if (this.#last === undefined) this.#count(line)
      return entry
    } catch (error) {
      throw faultAt(this.#line, error)
    }
  }

  /** A line without an end that lacks its checksum was cut off, and is no part of the file. */
  #isCutOff(rest: Bytes): boolean {
    return rest.length === 0 || (this.#good > 0 && this.#last === undefined && !isSealed(rest))
  }

  /** The entry that the members of a line are, if they are one. */
  #taken(members: Readonly<Record<string, unknown>>): Keyed | undefined {
    if (this.#line === 1) {
      this.#first = firstOf(members)
      return undefined
    }
    const last = lastOf(members)
    if (last === undefined) return entryOf(members)
    this.#checkLast(last)
    this.#last = last
    return undefined
  }

  #count(line: Bytes): void {
    this.#hash.update(line).update('\n')
    this.#good = this.#line
    const { lines, sha256 } = this.#before
    if (this.#good === lines && sha256 !== undefined && sha256 !== this.done.sha256)
      throw otherFile('one of other lines')
  }

  #checkLast({ entries, sha256 }: LastLine): void {
    // Neither the first line nor this one is an entry.
    const found = this.#line - 2
    if (entries !== found) throw bad(`${entries} entries should come before it, and ${found} do`)
    if (sha256 !== this.done.sha256) throw bad('the lines before it are not those that were written')
  }
}

/** A fault with the number of the line that it is in; what the source itself throws is told as it is. */
function faultAt(line: number, error: unknown): unknown {
  if (!isDamage(error)) return error
  const expected = line === 1 ? `; expected ${OPENING}` : ''
  return badLine(line, error.message.slice(`${error.code}: `.length) + expected, error)
}

/** A bad line, by its number. */
export function badLine(line: number, problem: string, cause?: unknown): CacheError {
  const details = { line, problem }
  return new CacheError('CORRUPT', `line ${line}: ${problem}`, { operation: 'import', details, cause })
}

function isDamage(error: unknown): error is CacheError {
  return isCacheError(error) && error.code === 'CORRUPT'
}

function otherFile(got: string): CacheError {
  return new CacheError('INVALID_OPTION', `importFrom: expected a checkpoint of this very file, got ${got}`)
}

function textOf(line: Bytes): string {
  try {
    return decoder.decode(line)
  } catch (cause) {
    throw bad('it is no UTF-8', cause)
  }
}
