import type { Bytes } from '@cachette/core'
import { Damage, type Windows } from './file.js'
import { checkLog } from './log.js'
import { Cursor } from './varint.js'

/** Which files make up a database. */
export interface Manifest {
  /** The tables by their numbers, with their sizes. */
  readonly tables: ReadonlyMap<number, number>
  /** Logs from this number on, and the one before, are read when it is opened. */
  readonly firstLog: number
  readonly previousLog: number
}

/** The numbers that begin the fields of an edit. */
const COMPARATOR = 1
const LOG_NUMBER = 2
const NEXT_FILE = 3
const LAST_SEQUENCE = 4
const COMPACT_POINTER = 5
const DELETED_FILE = 6
const NEW_FILE = 7
const PREVIOUS_LOG = 9

/** A manifest is a log of edits, which together say what there is. */
export async function readManifest(manifest: Windows): Promise<Manifest> {
  const state = { tables: new Map<number, number>(), firstLog: 0, previousLog: 0 }
  let parts: Bytes[] = []
  await checkLog(manifest, (piece, kind) => {
    if (kind === 1 || kind === 2) parts = []
    parts.push(piece.slice())
    if (kind === 1 || kind === 4) apply(new Cursor(Buffer.concat(parts)), state)
  })
  return state
}

function apply(edit: Cursor, state: { tables: Map<number, number>; firstLog: number; previousLog: number }): void {
  const number = (): number => edit.number()
  const skipText = (): void => edit.skip(number())
  while (!edit.ended) {
    const tag = number()
    switch (tag) {
      case COMPARATOR:
        skipText()
        break
      case LOG_NUMBER:
        state.firstLog = number()
        break
      case PREVIOUS_LOG:
        state.previousLog = number()
        break
      case NEXT_FILE:
      case LAST_SEQUENCE:
        number()
        break
      case COMPACT_POINTER:
        number()
        skipText()
        break
      case DELETED_FILE:
        number()
        state.tables.delete(number())
        break
      case NEW_FILE: {
        number()
        const table = number()
        state.tables.set(table, number())
        skipText()
        skipText()
        break
      }
      default:
        throw new Damage(`an edit in it has a field ${tag}`)
    }
  }
}
