import { type Call, type Change, decide, type FrameFormat, systemClock } from '@cachette/core'
import { inPart } from '@cachette/core/adapter'
import { type Outcome, OVERTAKEN, type Terms } from './ask.js'
import { expiryOf } from './expiry.js'
import type { Names } from './names.js'
import { SPLIT_FLAG, split } from './parts.js'
import type { Pool } from './pool.js'
import { casOf, type ItemFacts, request, STATUS } from './protocol.js'
import type { Item, Reader } from './reader.js'
import type { Server } from './server.js'
import { type Turn, Turns } from './turns.js'

/** A change as it goes out, encoded: whoever gave the value may change it as soon as the verb has returned. */
interface Prepared {
  readonly change: Change
  readonly server: Server
  readonly frame: Buffer | undefined
  readonly expiry: number
}

interface Placed {
  readonly prepared: Prepared
  readonly turn: Turn
}

/** What is put under the key itself: the frame, or where its parts are. */
interface Body {
  readonly value: Buffer
  readonly facts: ItemFacts
}

const NO_FRAME = Buffer.alloc(0)

export interface WriterOptions {
  readonly names: Names
  readonly format: FrameFormat
  readonly reader: Reader
  /** How much of a frame an item can hold. */
  readonly partBytes: number
  readonly pool: Pool
}

/** Changes what is stored, each key in one atomic step of its server. */
export class Writer {
  readonly #options: WriterOptions
  readonly #turns = new Turns()

  constructor(options: WriterOptions) {
    this.#options = options
  }

  async write(changes: readonly Change[], { now }: Call, terms: Terms): Promise<readonly boolean[]> {
    const prepared = changes.map((change) => this.#prepared(change, now))
    // Only once none of them can be refused any more: a turn that is taken has to end.
    const placed = prepared.map((one) => ({ prepared: one, turn: this.#turns.take(one.change.key) }))
    try {
      return await inPart(
        placed,
        (one) => one.prepared.change.key,
        (one) => this.#inTurn(one, now, terms),
      )
    } finally {
      // Also of those that were not begun, since one before them has failed.
      for (const { turn } of placed) turn.end()
    }
  }

  #prepared(change: Change, now: number): Prepared {
    const { format, pool } = this.#options
    const { key, entry } = change
    const server = pool.of(key)
    if (entry === undefined) return { change, server, frame: undefined, expiry: 0 }
    const { buffer, byteOffset, byteLength } = format.write(entry, key)
    const frame = Buffer.from(buffer, byteOffset, byteLength)
    return { change, server, frame, expiry: expiryOf(entry.keptUntil, now, systemClock.now()) }
  }

  async #inTurn({ prepared, turn }: Placed, now: number, terms: Terms): Promise<boolean> {
    try {
      const { when, entry } = prepared.change
      if (!this.#isPlain(prepared)) await turn.first()
      if (when === undefined && entry !== undefined) return await this.#put(prepared, turn, terms)
      // Where nothing at all is stored both hold, and nothing has to be read.
      if ((when === 'absent' || when === 'vacant') && (await this.#added(prepared, terms))) return true
      return await this.#changed(prepared, now, terms)
    } finally {
      turn.end()
    }
  }

  /** Whether it is one request, whatever is there. */
  #isPlain({ change, frame }: Prepared): boolean {
    return change.when === undefined && frame !== undefined && frame.length <= this.#options.partBytes
  }

  /** At once behind another that goes out in the same generations: its server keeps them in order. */
  async #put(prepared: Prepared, turn: Turn, terms: Terms): Promise<true> {
    const { change, server } = prepared
    const space = server.spaceOf(change.key)
    const body = await this.#body(prepared, terms)
    for (;;) {
      const sentAs = space.token === undefined ? undefined : `${space.token} ${server.renewals}`
      if (turn.follows(sentAs)) {
        turn.sentAs = sentAs
        if ((await this.#ask('set', prepared, body, terms)) !== OVERTAKEN) return true
        turn.sentAs = undefined
      }
      await turn.first()
    }
  }

  /** What must be split is not sent on the chance alone that nothing is there. */
  async #added(prepared: Prepared, terms: Terms): Promise<boolean> {
    if (prepared.frame === undefined || prepared.frame.length > this.#options.partBytes) return false
    const body = await this.#body(prepared, terms)
    for (;;) {
      const answer = await this.#ask('add', prepared, body, terms)
      if (answer !== OVERTAKEN) return answer.reply.status === STATUS.ok
    }
  }

  /** Judged by what is there, and done only if that is there still; else judged anew. */
  async #changed(prepared: Prepared, now: number, terms: Terms): Promise<boolean> {
    const { change, frame } = prepared
    let body: Body | undefined
    for (;;) {
      const item = await this.#options.reader.item(change.key, terms)
      const { apply, answer } = decide(change, item?.found, now)
      if (!apply || (frame === undefined && item === undefined)) return answer
      if (frame !== undefined) body ??= await this.#body(prepared, terms)
      if (await this.#done(prepared, item, body, terms)) return answer
    }
  }

  async #done(prepared: Prepared, item: Item | undefined, body: Body | undefined, terms: Terms): Promise<boolean> {
    const { change, server } = prepared
    if (item === undefined) return isDone(await this.#ask('add', prepared, body, terms))
    const { token, answer } = item
    const verb = body === undefined ? 'delete' : 'set'
    const asked = request(verb, this.#options.names.item(token, change.key), { ...body, cas: casOf(answer.reply) })
    const within = { space: server.spaceOf(change.key), token }
    return isDone(await server.ask({ request: asked, terms, within, on: answer.wire }))
  }

  /** In the generations that are there; they are begun where they are not. */
  async #ask(verb: 'set' | 'add', prepared: Prepared, body: Body | undefined, terms: Terms): Promise<Outcome> {
    const { change, server } = prepared
    const space = server.spaceOf(change.key)
    for (;;) {
      const { token } = space
      if (token === undefined) await server.begin(space, terms)
      else {
        const asked = request(verb, this.#options.names.item(token, change.key), body)
        return server.ask({ request: asked, terms, within: { space, token } })
      }
    }
  }

  /** The parts go first: whoever finds where they are finds them too. */
  async #body({ server, frame = NO_FRAME, expiry }: Prepared, terms: Terms): Promise<Body> {
    const { partBytes, names } = this.#options
    if (frame.length <= partBytes) return { value: frame, facts: { flags: 0, expiry } }
    const { manifest, id, parts } = split(frame, partBytes)
    const facts = { flags: 0, expiry }
    await Promise.all(
      parts.map((value, index) =>
        server.ask({ request: request('set', names.part(id, index), { value, facts }), terms }),
      ),
    )
    return { value: manifest, facts: { flags: SPLIT_FLAG, expiry } }
  }
}

function isDone(outcome: Outcome): boolean {
  return outcome !== OVERTAKEN && outcome.reply.status === STATUS.ok
}
