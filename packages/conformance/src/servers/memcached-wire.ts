import { connect, type Socket } from 'node:net'
import { LOOPBACK } from './ports.js'
import { failed, within } from './until.js'

/** The binary protocol as far as it is needed to see whether a server answers, and to ask how it is. */

export interface Login {
  readonly user: string
  readonly password: string
}

const MAGIC = { request: 0x80, response: 0x81 } as const
const OPCODES = { stat: 0x10, login: 0x21 } as const
const HEADER_BYTES = 24

interface Response {
  readonly status: number
  readonly key: string
  readonly value: string
}

/** What the server says of itself; `login` first, where it asks for one. */
export async function statistics(
  port: number,
  login: Login | undefined,
  withinMs: number,
): Promise<ReadonlyMap<string, string>> {
  const socket = connect({ port, host: LOOPBACK })
  try {
    const work = (async () => {
      const responses = reading(socket)
      if (login !== undefined) {
        socket.write(request(OPCODES.login, 'PLAIN', `\0${login.user}\0${login.password}`))
        accepted('the login', await next(responses))
      }
      socket.write(request(OPCODES.stat, '', ''))
      const facts = new Map<string, string>()
      for (;;) {
        const { key, value } = accepted('the statistics', await next(responses))
        if (key === '') return facts
        facts.set(key, value)
      }
    })()
    return await within(`memcached on port ${port} to answer`, work, { withinMs })
  } finally {
    socket.destroy()
  }
}

function accepted(what: string, response: Response): Response {
  if (response.status === 0) return response
  throw failed(`memcached refused ${what} with status 0x${response.status.toString(16)}: ${response.value}`)
}

function request(opcode: number, key: string, value: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = MAGIC.request
  header[1] = opcode
  header.writeUInt16BE(Buffer.byteLength(key), 2)
  header.writeUInt32BE(Buffer.byteLength(key) + Buffer.byteLength(value), 8)
  return Buffer.concat([header, Buffer.from(key), Buffer.from(value)])
}

async function next(responses: AsyncIterator<Response, undefined>): Promise<Response> {
  const { value } = await responses.next()
  if (value === undefined) throw failed('memcached closed the connection')
  return value
}

async function* reading(socket: Socket): AsyncGenerator<Response, undefined, undefined> {
  let rest = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const end = rest.length < HEADER_BYTES ? Infinity : HEADER_BYTES + rest.readUInt32BE(8)
      if (rest.length < end) break
      yield response(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
  return undefined
}

function response(bytes: Buffer): Response {
  if (bytes[0] !== MAGIC.response) throw failed('something that is not memcached answered')
  const keyBegins = HEADER_BYTES + (bytes[4] ?? 0)
  const valueBegins = keyBegins + bytes.readUInt16BE(2)
  return {
    status: bytes.readUInt16BE(6),
    key: bytes.toString('latin1', keyBegins, valueBegins),
    value: bytes.toString('latin1', valueBegins),
  }
}
