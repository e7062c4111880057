import { unlink } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type Bytes, CacheError, type Header, type StreamChange } from '@cachette/core'
import { MISSING, unless } from './errors.js'
import { checksumIn, type Frames, headAndSize } from './frames.js'
import { File } from './io.js'
import type { Permits } from './permits.js'

/** What a body is read in: each piece is handed on before the next is read. */
const PIECE_BYTES = 256 * 1024

export interface StreamRead {
  readonly header: Header
  readonly body: ReadableStream<Bytes>
}

/** A value on its way out, with the file that it is in: open until its end, so a new value does not touch it. */
class Body {
  readonly #file: File
  readonly #expected: number | undefined
  readonly #size: number
  readonly #onEnd: () => void
  #at: number
  #sum = 0
  #ended: Promise<void> | undefined
  #controller: ReadableStreamDefaultController<Bytes> | undefined

  constructor(file: File, head: Bytes, size: number, onEnd: () => void) {
    this.#file = file
    this.#expected = checksumIn(head)
    this.#size = size
    this.#at = head.length
    this.#onEnd = onEnd
  }

  stream(): ReadableStream<Bytes> {
    return new ReadableStream<Bytes>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: (controller) => this.#pull(controller),
        cancel: () => this.end(),
      },
      // Nothing is read before it is asked for.
      { highWaterMark: 0 },
    )
  }

  /** Lets the file go; with an error, whoever still reads is told. */
  end(error?: CacheError): Promise<void> {
    if (this.#ended === undefined) {
      if (error !== undefined) this.#controller?.error(error)
      this.#ended = this.#file.close().finally(this.#onEnd)
    }
    return this.#ended
  }

  async #pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
    try {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, this.#size - this.#at))
      const count = await this.#file.read(piece, this.#at)
      this.#at += count
      this.#sum = crc32(piece.subarray(0, count), this.#sum)
      const isLast = this.#at >= this.#size
      if (count < piece.length || (isLast && this.#expected !== undefined && this.#sum !== this.#expected)) {
        // Before the last piece is handed on: a damaged value never ends well.
        throw new CacheError('CORRUPT', 'the bytes of the stream are not those that were stored')
      }
      if (count > 0) controller.enqueue(piece)
      if (!isLast) return
      controller.close()
      await this.end()
    } catch (error) {
      await this.end().catch(() => undefined) // The first failure is the one that matters.
      throw error
    }
  }
}

export interface StreamPermits {
  readonly reading: Permits
  readonly writing: Permits
}

/** Reads and writes values of any length, of which a piece is in memory at a time. */
export class FileStreams {
  readonly #frames: Frames
  readonly #permits: StreamPermits
  readonly #fsync: boolean
  readonly #bodies = new Set<Body>()

  constructor(frames: Frames, permits: StreamPermits, fsync: boolean) {
    this.#frames = frames
    this.#permits = permits
    this.#fsync = fsync
  }

  /** Holds a permit as long as the body is not at its end. */
  async read(path: string, key: string, isLate: () => CacheError | undefined): Promise<StreamRead | undefined> {
    const release = await this.#permits.reading.take()
    try {
      const late = isLate()
      // Nobody would read it any more.
      if (late !== undefined) throw late
      const file = await unless(MISSING, File.open(path, 'r'))
      const found = file && (await this.#opened(file, key, release))
      if (found === undefined) release()
      return found
    } catch (error) {
      release()
      throw error
    }
  }

  async #opened(file: File, key: string, release: () => void): Promise<StreamRead | undefined> {
    try {
      const { head, size } = await headAndSize(file)
      const found = this.#frames.format.readHead(head, key, size)
      if (found !== undefined && found.kind !== 'damaged') {
        const { value: _, ...header } = found
        const body = new Body(file, head, size, () => {
          this.#bodies.delete(body)
          release()
        })
        this.#bodies.add(body)
        return { header, body: body.stream() }
      }
      await file.close()
      return undefined
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Stores a body as a whole frame in a file that nobody knows yet; one that fails leaves none. */
  async store(path: string, change: StreamChange, body: ReadableStream<Bytes>, signal?: AbortSignal): Promise<void> {
    const reader = body.getReader()
    const abort = (): void => void reader.cancel(signal?.reason).catch(() => undefined)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted === true) abort()
    try {
      await this.#permits.writing.run(() =>
        File.use(path, 'wx', async (file) => {
          await this.#fill(file, change, reader, signal)
          if (this.#fsync) await file.flush()
        }),
      )
    } catch (error) {
      await reader.cancel(error).catch(() => undefined) // The source is told; what it makes of it is no matter here.
      await unless(MISSING, unlink(path))
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Ends what is still being read. */
  async close(error: CacheError): Promise<void> {
    await Promise.all([...this.#bodies].map((body) => body.end(error)))
  }

  async #fill(
    file: File,
    { key, header }: StreamChange,
    reader: ReadableStreamDefaultReader<Bytes>,
    signal?: AbortSignal,
  ): Promise<void> {
    // The head goes in last, when length and checksum are known; how long it is does not depend on them.
    const { length } = this.#frames.format.writeHead(header, key, { bytes: 0, checksum: 0 })
    let bytes = 0
    let checksum = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (signal?.aborted === true) throw new CacheError('ABORTED', "the caller's signal aborted the stream")
      if (done) break
      const piece: unknown = value
      if (!(piece instanceof Uint8Array)) throw new CacheError('INVALID_VALUE', 'expected a stream of bytes')
      await file.write(piece, length + bytes)
      checksum = crc32(piece, checksum)
      bytes += piece.length
    }
    await file.write(this.#frames.format.writeHead(header, key, { bytes, checksum }), 0)
  }
}
