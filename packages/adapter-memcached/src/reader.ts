import { crc32 } from 'node:zlib'
import type { Awaitable, Bytes, Found, FrameFormat } from '@cachette/core'
import { type Answer, OVERTAKEN, type Question, type Terms } from './ask.js'
import type { Names } from './names.js'
import { type Manifest, manifestIn, SPLIT_FLAG } from './parts.js'
import type { Pool } from './pool.js'
import { request, STATUS } from './protocol.js'
import type { Server } from './server.js'

/** What is stored under a key. */
export interface Item {
  /** Nothing where what is there is of no use: a part is gone, or it is of another key. */
  readonly found: Found | undefined
  /** The answer and the connection that brought it: numbers of items mean something to that server alone. */
  readonly answer: Answer
  /** Of the generations that it is in. */
  readonly token: string
}

/** Makes entries of what is stored. */
export class Reader {
  readonly #names: Names
  readonly #format: FrameFormat
  readonly #pool: Pool

  constructor(names: Names, format: FrameFormat, pool: Pool) {
    this.#names = names
    this.#format = format
    this.#pool = pool
  }

  async find(key: string, terms: Terms): Promise<Found | undefined> {
    const item = await this.item(key, terms)
    return item?.found
  }

  /** Of the generations that are there after it. Nothing where nothing is stored. */
  async item(key: string, terms: Terms): Promise<Item | undefined> {
    const server = this.#pool.of(key)
    const space = server.spaceOf(key)
    for (;;) {
      // Without generations there is nothing; whether that is so must be seen after the call was made.
      if (space.token === undefined) await server.look(space, terms)
      const { token } = space
      if (token === undefined) return undefined
      const question = (): Question => ({
        request: request('get', this.#names.item(token, key)),
        terms,
        within: { space, token },
      })
      const answer = await server.ask(question())
      if (answer === OVERTAKEN) continue
      const item = await this.#itemIn(server, key, token, answer, terms)
      if (item?.found?.kind !== 'damaged') return item
      // What is damaged may have become so on its way: only what another connection brings too is taken for stored so.
      const again = await server.askAfresh(question())
      if (again === OVERTAKEN) continue
      const second = await this.#itemIn(server, key, token, again, terms)
      if (second?.found?.kind === 'damaged') return { ...second, answer: item.answer }
      server.renew()
      return second
    }
  }

  /** At once, but for what is split. */
  #itemIn(server: Server, key: string, token: string, answer: Answer, terms: Terms): Awaitable<Item | undefined> {
    const { status, value, flags } = answer.reply
    if (status !== STATUS.ok) return undefined
    if (flags !== SPLIT_FLAG) return { found: this.#format.read(value, key), answer, token }
    const manifest = manifestIn(value)
    if (manifest === undefined) return { found: damaged(value), answer, token }
    return this.#joined(server, manifest, terms).then((frame) => ({
      found: frame === undefined ? undefined : this.#format.read(frame, key),
      answer,
      token,
    }))
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
