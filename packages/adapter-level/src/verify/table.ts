import type { Bytes } from '@cachette/core'
import { crc32c, masked } from './crc32c.js'
import { Damage, WINDOW_BYTES, type Windows } from './file.js'
import { unsnappy } from './snappy.js'
import { Cursor } from './varint.js'

/** Behind each block: how it is compressed, and the checksum of both. */
const TRAILER_BYTES = 5

/** At the end of a table: where its indexes are, and what it is. */
const FOOTER_BYTES = 48
const MAGIC: readonly number[] = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

interface Block {
  readonly offset: number
  readonly size: number
}

/** Throws `Damage` unless every block of the table is what LevelDB wrote. */
export async function checkTable(table: Windows): Promise<void> {
  const footer = (await table.at(table.size - FOOTER_BYTES, FOOTER_BYTES)).slice()
  const magic = footer.subarray(FOOTER_BYTES - MAGIC.length)
  if (MAGIC.some((byte, index) => magic[index] !== byte)) throw new Damage('it is no table')
  const handles = new Cursor(footer)
  const [meta, index] = [blockAt(handles), blockAt(handles)]
  const blocks = blocksIn(await indexOf(table, index))
  for (const block of [...blocks, meta]) await checkBlock(table, block)
}

function blockAt(cursor: Cursor): Block {
  return { offset: cursor.number(), size: cursor.number() }
}

async function indexOf(table: Windows, index: Block): Promise<Bytes> {
  await checkBlock(table, index)
  const bytes = new Uint8Array(index.size)
  let at = 0
  for await (const piece of pieces(table, index.offset, index.size)) {
    bytes.set(piece, at)
    at += piece.length
  }
  const [type] = await table.at(index.offset + index.size, 1)
  if (type !== 0 && type !== 1) throw new Damage('a block of it is of no known kind')
  return type === 1 ? unsnappy(bytes) : bytes
}

/** An index leads from the last key of each block to where the block is. The keys are no matter here. */
function blocksIn(index: Bytes): readonly Block[] {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength)
  if (index.length < 4) throw new Damage('an index of it is too short')
  const restarts = view.getUint32(index.length - 4, true)
  const entries = new Cursor(index, 0, index.length - 4 * (restarts + 1))
  const blocks: Block[] = []
  while (!entries.ended) {
    entries.number()
    const keyBytes = entries.number()
    const value = entries.number()
    entries.skip(keyBytes)
    blocks.push(blockAt(new Cursor(entries.bytes(value))))
  }
  return blocks
}

async function checkBlock(table: Windows, { offset, size }: Block): Promise<void> {
  let crc = 0
  for await (const piece of pieces(table, offset, size + 1)) crc = crc32c(piece, crc)
  const stored = await table.at(offset + size + 1, TRAILER_BYTES - 1)
  const checksum = new DataView(stored.buffer, stored.byteOffset, stored.byteLength).getUint32(0, true)
  if (checksum !== masked(crc)) throw new Damage(`the block at ${offset} is not as it was written`)
}

async function* pieces(table: Windows, offset: number, size: number): AsyncGenerator<Bytes, void, undefined> {
  for (let at = 0; at < size; at += WINDOW_BYTES) yield table.at(offset + at, Math.min(WINDOW_BYTES, size - at))
}
