import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Bytes, Store } from '@cachette/core'
import { type ExportOptions, exportTo } from '../src/index.js'
import { clock } from './support.js'

/** A sink that keeps what it is given. */
export function kept(): {
  readonly sink: WritableStream<Bytes>
  readonly text: () => string
  readonly aborted: () => unknown
} {
  const pieces: Bytes[] = []
  let reason: unknown
  const sink = new WritableStream<Bytes>({
    write: (piece) => void pieces.push(piece.slice()),
    abort: (given) => {
      reason = given
    },
  })
  return { sink, text: () => Buffer.concat(pieces).toString(), aborted: () => reason }
}

export async function exported(store: Store, options: ExportOptions = {}): Promise<string> {
  const { sink, text } = kept()
  await exportTo(store, sink, { clock, ...options })
  return text()
}

export async function* chunks(text: Bytes | string, size: number): AsyncIterable<Bytes> {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

export const whole = (text: Bytes | string): AsyncIterable<Bytes> => chunks(text, 2 ** 20)

export function line(members: object): string {
  const body = JSON.stringify(members).slice(0, -1)
  return `${body},"crc32":"${crc32(body).toString(16).padStart(8, '0')}"}\n`
}

export const FIRST = { format: 'cachette-ndjson', version: 1, store: 'memory', prefix: '' }
export const GOOD = {
  key: 'a',
  createdAt: 1,
  staleAt: 'never',
  expiresAt: 'never',
  keptUntil: 'never',
  version: [1, 2, 3],
  text: 'x',
}

/** A file of these lines, whose last line is right. */
export function fileOf(...lines: readonly object[]): string {
  const text = [FIRST, ...lines].map(line).join('')
  return text + line({ entries: lines.length, sha256: createHash('sha256').update(text).digest('hex') })
}
