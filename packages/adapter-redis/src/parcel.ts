import type { Redis } from 'ioredis'
import type { Command } from './command.js'

/** From here on copying takes longer than handing over each by itself. */
const LARGE_BYTES = 262_144

/** Commands on their way to one connection, in the form in which the driver takes a stream of its own pipelines. */
export class Parcel {
  readonly isPipeline = true
  readonly destination: { readonly redis: { readonly stream: Redis['stream'] } }
  #texts: string[] = []
  #pieces: Buffer[] = []

  constructor(stream: Redis['stream']) {
    this.destination = { redis: { stream } }
  }

  /** As it goes over the wire: a list of texts or bytes, the length of each before it. */
  add(command: Command): void {
    let text = `*${command.length}\r\n`
    for (const part of command) {
      if (typeof part === 'object') {
        this.#texts.push(`${text}$${part.length}\r\n`)
        this.write(part)
        text = '\r\n'
      } else {
        const shown = String(part)
        text += `$${Buffer.byteLength(shown)}\r\n${shown}\r\n`
      }
    }
    this.#texts.push(text)
  }

  write(data: string | Buffer): void {
    if (typeof data === 'string') {
      this.#texts.push(data)
      return
    }
    this.#cut()
    this.#pieces.push(data)
  }

  /** In one call of the system, which costs more than anything else that is done for a command. */
  post(): void {
    const { stream } = this.destination.redis
    if (this.#pieces.length === 0) {
      stream.write(this.#texts.join(''))
      return
    }
    this.#cut()
    const bytes = this.#pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (bytes < LARGE_BYTES) {
      stream.write(Buffer.concat(this.#pieces, bytes))
      return
    }
    stream.cork()
    for (const piece of this.#pieces) stream.write(piece)
    stream.uncork()
  }

  #cut(): void {
    if (this.#texts.length === 0) return
    this.#pieces.push(Buffer.from(this.#texts.join('')))
    this.#texts = []
  }
}
