import { type FileHandle, open } from 'node:fs/promises'
import type { Bytes } from '@cachette/core'

/** What is read at once: its checksum takes less than a millisecond. */
export const WINDOW_BYTES = 1024 * 1024

/** What a file turned out to be: not what LevelDB writes. */
export class Damage extends Error {}

/** A file that is read from its beginning to its end, mostly, a window at a time. */
export class Windows {
  readonly size: number
  readonly #file: FileHandle
  readonly #buffer = new Uint8Array(WINDOW_BYTES)
  #from = 0
  #to = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** A view of so many bytes, a window at most, which holds until the next call. */
  async at(offset: number, length: number): Promise<Bytes> {
    if (offset < 0 || length > WINDOW_BYTES || offset + length > this.size) throw new Damage('it is too short')
    if (offset < this.#from || offset + length > this.#to) await this.#move(offset)
    if (offset + length > this.#to) throw new Damage('it is too short')
    return this.#buffer.subarray(offset - this.#from, offset - this.#from + length)
  }

  async #move(offset: number): Promise<void> {
    this.#from = offset
    this.#to = offset
    for (;;) {
      const room = WINDOW_BYTES - (this.#to - offset)
      const { bytesRead } = await this.#file.read(this.#buffer, WINDOW_BYTES - room, room, this.#to)
      this.#to += bytesRead
      if (bytesRead === 0 || bytesRead === room) return
    }
  }
}

export async function withWindows<T>(path: string, use: (windows: Windows) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    return await use(new Windows(file, size))
  } finally {
    await file.close()
  }
}
