import * as fs from 'node:fs'
import { promisify } from 'node:util'
import type { Bytes } from '@cachette/core'

// File handles of `fs.promises` cost more than all of reading a small file; plain descriptors do not.
const open = promisify(fs.open)
const close = promisify(fs.close)
const fstat = promisify(fs.fstat)
const fdatasync = promisify(fs.fdatasync)
const fsync = promisify(fs.fsync)
const read = promisify(fs.read)
const write = promisify(fs.write)

/** What one call into the system may move. */
const MAX_STEP = 2 ** 30

/** An open file. */
export class File {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** `wx` makes a new one, and fails where there is one. */
  static async open(path: string, flags: 'r' | 'wx'): Promise<File> {
    return new File(await open(path, flags))
  }

  /** Opens it for the work alone. */
  static async use<T>(path: string, flags: 'r' | 'wx', work: (file: File) => Promise<T>): Promise<T> {
    const file = await File.open(path, flags)
    try {
      return await work(file)
    } finally {
      await file.close()
    }
  }

  close(): Promise<void> {
    return close(this.#fd)
  }

  async size(): Promise<number> {
    return (await fstat(this.#fd)).size
  }

  /** Fills the bytes from a place in the file on; gives how many there were. */
  async read(into: Bytes, at: number): Promise<number> {
    const { bytesRead } = await read(this.#fd, into, 0, Math.min(into.length, MAX_STEP), at)
    if (bytesRead === into.length || bytesRead === 0 || bytesRead < MAX_STEP) return bytesRead
    return bytesRead + (await this.read(into.subarray(bytesRead), at + bytesRead))
  }

  /** A device that is almost full may take a part. */
  async write(bytes: Bytes, at: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await write(this.#fd, bytes, done, Math.min(bytes.length - done, MAX_STEP), at + done)
      done += bytesWritten
    }
  }

  /** Settles when the device has it. */
  flush(): Promise<void> {
    return fdatasync(this.#fd)
  }

  /** The same for the names in a folder. */
  static flushFolder(path: string): Promise<void> {
    return File.use(path, 'r', (folder) => fsync(folder.#fd))
  }
}
