import type { Bytes, Entry, Found, Header } from './contract.js'
import { rangeCrc32 } from './frame/crc32.js'
import { type FrameOptions, frameSettings } from './frame/options.js'
import { type Means, readFrame, readKey } from './frame/read.js'
import { sectionReader } from './frame/section.js'
import { headWriter, type ValueFacts } from './frame/write.js'

/**
 * How byte adapters store entries: header, marks, tags and value in one piece of bytes that says itself what it is.
 * `docs/format.md` is the specification.
 */
export interface FrameFormat {
  /**
   * The entry in bytes that nobody else holds; `from` is never stored. They are cut from a shared slab: who keeps them
   * for long copies them. Throws `TOO_LARGE` past a limit and `INVALID_VALUE` for a header that no frame can hold.
   */
  write(entry: Entry, key: string): Bytes
  /**
   * The entry, or its header alone; `undefined` where another key is stored with it. Bytes that are no whole frame are
   * `damaged`, under a version made of the bytes, so that they can be replaced only as they were read.
   *
   * The value is a view of the bytes: whoever has them from a driver that uses them again, or keeps them while others
   * get the value, copies. A header is read without a look at the value, so damage there shows in reads of the value
   * alone: conditions are judged over those.
   */
  read(bytes: Bytes, key: string, want?: 'value' | 'header'): Found | undefined
  /** The stored key; `undefined` where there is none or the bytes are damaged. */
  readKey(bytes: Bytes): string | undefined
  /** What comes before the value, for an adapter that stores the value behind it by other means: a stream. */
  writeHead(header: Header, key: string, value: ValueFacts): Bytes
  /** The header of a frame of so many bytes, by what comes before its value. */
  readHead(head: Bytes, key: string, frameBytes: number): Found | undefined
}

/** One for each store: it remembers the last marks it wrote and read, which neighbours mostly share. */
export function frame(options: FrameOptions = {}): FrameFormat {
  const settings = frameSettings(options)
  const crc32 = rangeCrc32(settings.crc32)
  const means: Means = { crc32, sections: sectionReader() }
  const writeHead = headWriter(settings, crc32)
  return {
    write(entry, key) {
      const { value } = entry
      const checksum = settings.covers === 'all' ? crc32(value, 0, value.length, 0) : undefined
      const bytes = writeHead(entry, key, { bytes: value.length, checksum }, value.length)
      bytes.set(value, bytes.length - value.length)
      return bytes
    },
    read: (bytes, key, want = 'value') => readFrame(bytes, key, want, bytes.length, means),
    readKey: (bytes) => readKey(bytes, means),
    writeHead: (header, key, value) => writeHead(header, key, value, 0),
    readHead: (head, key, frameBytes) => readFrame(head, key, 'header', frameBytes, means),
  }
}
