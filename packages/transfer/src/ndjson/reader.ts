import { createHash } from 'node:crypto'
import { type Bytes, CacheError, isCacheError } from '@cachette/core'
import type { Settings } from '../options.js'
import type { Keyed } from '../source.js'
import { entryOf } from './entry.js'
import { bad, type FirstLine, firstOf, type LastLine, lastOf, unsealed } from './format.js'
import { linesOf } from './lines.js'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Goes through an export line by line, and finds fault with what `exportTo` would not have written. */
export class Reader {
  readonly #source: AsyncIterable<Bytes | string>
  readonly #maxLineBytes: number
  readonly #signal: AbortSignal | undefined
  readonly #hash = createHash('sha256')
  #first: FirstLine | undefined
  #last: LastLine | undefined
  #line = 0

  constructor(source: AsyncIterable<Bytes | string>, { maxLineBytes, signal }: Settings) {
    this.#source = source
    this.#maxLineBytes = maxLineBytes
    this.#signal = signal
  }

  get first(): FirstLine | undefined {
    return this.#first
  }

  /** How many lines have been read. */
  get line(): number {
    return this.#line
  }

  /** Whether the last line was there, and so all of them. */
  get complete(): boolean {
    return this.#last !== undefined
  }

  /** The entry of each line that has one; those up to `skipTo` are not looked into. */
  async *entries(skipTo: number): AsyncIterable<Keyed> {
    const lines = linesOf(this.#source, this.#maxLineBytes, this.#signal)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await this.#at(this.#line + 1, () => lines.next())
        if (next.done === true) return
        this.#line += 1
        const entry = await this.#at(this.#line, () => this.#read(next.value, skipTo))
        if (entry !== undefined) yield entry
      }
    } finally {
      await lines.return?.()
    }
  }

  #read(line: Bytes, skipTo: number): Keyed | undefined {
    if (this.#last !== undefined) throw bad('it comes after the last line')
    const isDone = this.#line > 1 && this.#line <= skipTo
    const members = isDone ? undefined : unsealed(textOf(line))
    if (members !== undefined && this.#line > 1) this.#last = lastOf(members)
    if (this.#last !== undefined) this.#checkLast(this.#last)
    else this.#hash.update(line).update('\n')
    if (members === undefined || this.#last !== undefined) return undefined
    if (this.#line > 1) return entryOf(members)
    this.#first = firstOf(members)
    return undefined
  }

  #checkLast({ entries, sha256 }: LastLine): void {
    // Neither the first line nor this one is an entry.
    const found = this.#line - 2
    if (entries !== found) throw bad(`${entries} entries should come before it, and ${found} do`)
    if (sha256 !== this.#hash.digest('hex')) throw bad('the lines before it are not those that were written')
  }

  /** A fault with the number of the line that it is in; what the source itself throws is told as it is. */
  async #at<T>(line: number, run: () => T | Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (!isCacheError(error) || error.code !== 'CORRUPT') throw error
      const problem = error.message.slice(`${error.code}: `.length)
      const details = { line, problem }
      throw new CacheError('CORRUPT', `line ${line}: ${problem}`, { operation: 'import', details, cause: error })
    }
  }
}

function textOf(line: Bytes): string {
  try {
    return decoder.decode(line)
  } catch (cause) {
    throw bad('it is no UTF-8', cause)
  }
}
