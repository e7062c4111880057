import { crc32 } from 'node:zlib'
import { type Bytes, type Entry, type Found, type FrameFormat, frame } from '@cachette/core'
import { copyOf } from '@cachette/core/adapter'

/** Entries as the store holds them: a frame that has its key in it, as text or as bytes. */
export class Values {
  readonly #form: 'text' | 'bytes'
  readonly #format: FrameFormat = frame({ crc32, keys: true })

  constructor(form: 'text' | 'bytes') {
    this.#form = form
  }

  write(entry: Entry, key: string): string | Bytes {
    const bytes = this.#format.write(entry, key)
    return this.#form === 'text' ? bufferOf(bytes).toString('base64') : bytes.slice()
  }

  /** What is stored under a name; nothing where that is another key's. */
  read(stored: unknown, key: string, want?: 'value' | 'header'): Found | undefined {
    return stored === undefined ? undefined : this.#format.read(bytesOf(stored), key, want)
  }

  keyIn(stored: unknown): string | undefined {
    return this.#format.readKey(bytesOf(stored))
  }
}

/** Whether it is what we would have stored, so that it can be read without asking again. */
export function isStored(value: unknown): value is string | Bytes {
  return typeof value === 'string' || value instanceof Uint8Array
}

/** Both forms are read, whichever is written. What is neither was changed on its way, and is no frame. */
function bytesOf(stored: unknown): Bytes {
  if (typeof stored === 'string') return plain(Buffer.from(stored, 'base64'))
  // The store may give the very bytes that it holds.
  if (stored instanceof Uint8Array) return copyOf(plain(stored))
  return new TextEncoder().encode(JSON.stringify(stored) ?? typeof stored)
}

function bufferOf(bytes: Bytes): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function plain(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
