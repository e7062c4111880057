import { decide } from '../../src/conditions.js'
import type { Awaitable, Bytes, Call, Found, Header, StreamChange, StreamVerbs, Traits } from '../../src/contract.js'
import { Client, Server } from './server.js'

/** A server that also takes values as streams. Nothing of one is there before all of it is. */
export class StreamClient extends Client {
  /** Bodies that were handed out and neither read to their end nor given up. */
  open = 0
  readonly streams: StreamVerbs = {
    read: (key) => this.answer(`open ${key}`, () => this.#opened(this.entries.get(key))),
    write: (change, body, call) => this.#stored(change, body, call),
  }

  constructor(server: Server = new Server(), traits: Partial<Traits> = {}) {
    super(server, { streams: true, ...traits })
  }

  #opened(found: Found | undefined): { readonly header: Header; readonly body: ReadableStream<Bytes> } | undefined {
    if (found?.value === undefined) return undefined
    const { value, ...header } = found
    this.open += 1
    const close = (): void => {
      this.open -= 1
    }
    const body = new ReadableStream<Bytes>(
      {
        pull(controller) {
          controller.enqueue(value)
          controller.close()
          close()
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    )
    return { header, body }
  }

  async #stored({ key, header, when }: StreamChange, body: ReadableStream<Bytes>, call: Call): Promise<boolean> {
    const parts: Bytes[] = []
    for await (const part of body) parts.push(part)
    const value = Uint8Array.from(parts.flatMap((part) => [...part]))
    const change = { key, version: header.version, when, entry: { ...header, size: value.length, value } }
    const stored: Awaitable<boolean> = this.answer(`store ${key}`, () => {
      const { apply, answer } = decide(change, this.entries.get(key), call.now)
      if (apply) this.entries.set(key, change.entry)
      return answer
    })
    return stored
  }
}

/** A body of these texts, one after another. */
export function bodyOf(...texts: readonly string[]): ReadableStream<Bytes> {
  const encoder = new TextEncoder()
  return ReadableStream.from(texts.map((text) => encoder.encode(text)))
}

export async function textOf(body: ReadableStream<Bytes> | undefined): Promise<string | undefined> {
  return body === undefined ? undefined : new Response(body).text()
}
