import { crc32 } from 'node:zlib'
import type { Bytes, Found, FrameFormat } from '@cachette/core'
import { type Answer, OVERTAKEN, type Terms } from './ask.js'
import type { Names } from './names.js'
import { type Manifest, manifestIn, SPLIT_FLAG } from './parts.js'
import { request, STATUS } from './protocol.js'
import type { Server } from './server.js'
import type { Wire } from './wire.js'

/** What is stored under a key. */
export interface Item {
  /** Nothing where what is there is of no use: a part is gone, or it is of another key. */
  readonly found: Found | undefined
  readonly cas: Buffer
  /** The connection that it came by: numbers of items mean something to that server alone. */
  readonly wire: Wire
  /** Of the generations that it is in. */
  readonly token: string
}

/** Makes entries of what is stored. */
export class Reader {
  readonly #names: Names
  readonly #format: FrameFormat

  constructor(names: Names, format: FrameFormat) {
    this.#names = names
    this.#format = format
  }

  /** Of the generations that are there after it. Nothing where nothing is stored. */
  async item(server: Server, key: string, terms: Terms): Promise<Item | undefined> {
    const space = server.spaceOf(key)
    for (;;) {
      // Without generations there is nothing; whether that is so must be seen after the call was made.
      if (space.token === undefined) await server.look(space, terms)
      const { token } = space
      if (token === undefined) return undefined
      const question = { request: request('get', this.#names.item(token, key)), terms, within: { space, token } }
      const answer = await server.ask(question)
      if (answer === OVERTAKEN) continue
      const item = await this.#itemIn(server, key, token, answer, terms)
      if (item?.found?.kind !== 'damaged') return item
      // What is damaged may have become so on its way: only what another connection brings too is taken for stored so.
      const again = await server.askAfresh({ ...question, request: request('get', this.#names.item(token, key)) })
      if (again === OVERTAKEN) continue
      const second = await this.#itemIn(server, key, token, again, terms)
      if (second?.found?.kind === 'damaged') return { ...second, cas: item.cas, wire: item.wire }
      server.renew()
      return second
    }
  }

  async #itemIn(server: Server, key: string, token: string, answer: Answer, terms: Terms): Promise<Item | undefined> {
    const { reply, wire } = answer
    if (reply.status !== STATUS.ok) return undefined
    const { value, flags } = reply
    // Whoever changes it goes by the number long after the bytes that brought it.
    const facts = { cas: Buffer.from(reply.cas), wire, token }
    if (flags !== SPLIT_FLAG) return { ...facts, found: this.#format.read(value, key) }
    const manifest = manifestIn(value)
    if (manifest === undefined) return { ...facts, found: damaged(value) }
    const frame = await this.#joined(server, manifest, terms)
    return { ...facts, found: frame === undefined ? undefined : this.#format.read(frame, key) }
  }

  /** Nothing where a part is gone: servers drop what they like. */
  async #joined(server: Server, { id, count, bytes }: Manifest, terms: Terms): Promise<Bytes | undefined> {
    const names = Array.from({ length: count }, (_, index) => this.#names.part(id, index))
    const answers = await Promise.all(names.map((name) => server.ask({ request: request('get', name), terms })))
    const parts: Uint8Array[] = []
    for (const answer of answers) {
      if (answer === OVERTAKEN || answer.reply.status !== STATUS.ok) return undefined
      parts.push(answer.reply.value)
    }
    if (parts.reduce((sum, part) => sum + part.length, 0) !== bytes) return undefined
    const frame = new Uint8Array(bytes)
    let at = 0
    for (const part of parts) {
      frame.set(part, at)
      at += part.length
    }
    return frame
  }
}

/** As core gives damage: under a version of its bytes, so that it is replaced only as it was read. */
function damaged(bytes: Bytes): Found {
  return {
    createdAt: 0,
    staleAt: 0,
    expiresAt: 0,
    keptUntil: Infinity,
    version: { time: 0, count: 0, writer: crc32(bytes) },
    kind: 'damaged',
    tags: [],
    marks: {},
    size: bytes.length,
    value: undefined,
  }
}
