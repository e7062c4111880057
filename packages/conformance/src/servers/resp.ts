import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { LOOPBACK } from './ports.js'
import { failed, within } from './until.js'

/** What Redis answers, as RESP2 has it. */
export type Reply = string | number | null | readonly Reply[]

export interface RedisAddress {
  readonly port: number
  readonly password?: string | undefined
  /** The certificate that the server must show. */
  readonly ca?: string | undefined
}

/** The items of a list; none of anything else. */
export function listIn(reply: Reply): readonly Reply[] {
  return typeof reply === 'object' && reply !== null ? reply : []
}

/** Names and values in turn, as RESP2 has a map. */
export function fieldsIn(reply: Reply): ReadonlyMap<string, Reply> {
  const items = listIn(reply)
  const fields = new Map<string, Reply>()
  for (let at = 0; at + 1 < items.length; at += 2) fields.set(String(items[at]), items[at + 1] ?? null)
  return fields
}

const ANSWER_WITHIN_MS = 5_000

/** Sends commands over a connection of their own, and gives their replies; the first that is an error is thrown. */
export async function converse(
  address: RedisAddress,
  commands: readonly (readonly string[])[],
  withinMs: number = ANSWER_WITHIN_MS,
): Promise<readonly Reply[]> {
  const { port, password, ca } = address
  const all = password === undefined ? commands : [['AUTH', password], ...commands]
  const socket = ca === undefined ? connect({ port, host: LOOPBACK }) : connectSecurely({ port, host: LOOPBACK, ca })
  try {
    const what = `${all.map(([name]) => name).join(', ')} on port ${port} to be answered`
    const replies = await within(what, exchange(socket, all), { withinMs })
    return replies.slice(all.length - commands.length)
  } finally {
    socket.destroy()
  }
}

function exchange(socket: Socket, commands: readonly (readonly string[])[]): Promise<readonly Reply[]> {
  return new Promise((resolve, reject) => {
    const replies: Reply[] = []
    let rest = Buffer.alloc(0)
    socket.once('error', reject).once('close', () => reject(failed('the connection was closed')))
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      try {
        for (let parsed = parse(rest, 0); parsed !== undefined; parsed = parse(rest, 0)) {
          replies.push(parsed.reply)
          rest = rest.subarray(parsed.end)
        }
      } catch (error) {
        reject(error)
      }
      if (replies.length === commands.length) resolve(replies)
    })
    socket.write(Buffer.concat(commands.map(encoded)))
  })
}

function encoded(command: readonly string[]): Buffer {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
  return Buffer.from(`*${command.length}\r\n${parts.join('')}`)
}

interface Parsed {
  readonly reply: Reply
  readonly end: number
}

/** The reply that begins there, if all of it has come. */
function parse(bytes: Buffer, at: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', at)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', at + 1, lineEnd)
  const begin = lineEnd + 2
  const kind = bytes.toString('latin1', at, at + 1)
  if (kind === '+') return { reply: line, end: begin }
  if (kind === ':') return { reply: Number(line), end: begin }
  if (kind === '-') throw failed(line)
  const length = Number(line)
  if (length < 0) return { reply: null, end: begin }
  if (kind === '$') return bulk(bytes, begin, length)
  if (kind === '*') return list(bytes, begin, length)
  throw failed(`something that is not Redis answered: ${bytes.toString('latin1', at, at + 40)}`)
}

function bulk(bytes: Buffer, begin: number, length: number): Parsed | undefined {
  const end = begin + length
  if (bytes.length < end + 2) return undefined
  return { reply: bytes.toString('utf8', begin, end), end: end + 2 }
}

function list(bytes: Buffer, begin: number, length: number): Parsed | undefined {
  const replies: Reply[] = []
  let end = begin
  while (replies.length < length) {
    const parsed = parse(bytes, end)
    if (parsed === undefined) return undefined
    replies.push(parsed.reply)
    end = parsed.end
  }
  return { reply: replies, end }
}
